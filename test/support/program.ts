import { resolve } from "node:path";

/** The command line under test: the one that was built, or another version that PVPKG_PROGRAM names. */
export const PROGRAM: string = resolve(process.env.PVPKG_PROGRAM || "dist/program/cli/main.js");
