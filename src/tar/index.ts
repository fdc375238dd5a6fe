export type { Extent, TarEntry, TarEntryKind } from "./entry.js";
export { TarError, type TarErrorCode } from "./errors.js";
export { readEntries, type TarReadOptions } from "./reader.js";
