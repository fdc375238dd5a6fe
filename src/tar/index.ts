export type { TarEntry, TarEntryKind } from "./entry.js";
