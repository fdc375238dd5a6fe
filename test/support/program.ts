import { cpSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { isRoot, run } from "./programs.js";

/**
 * The command line under test: the one that was built, or another version that PVPKG_PROGRAM names. Where root
 * builds in a place that others cannot enter, such as root's home, it is a copy that they can start.
 */
export const PROGRAM: string = findProgram();

function findProgram(): string {
	if (process.env.PVPKG_PROGRAM) return resolve(process.env.PVPKG_PROGRAM);
	const built = resolve("dist/program");
	return join(isRoot && !othersMayEnter(built) ? copyForOthers(built) : built, "cli/main.js");
}

function othersMayEnter(directory: string): boolean {
	const mayEnter = (statSync(directory).mode & 0o001) !== 0;
	return mayEnter && (dirname(directory) === directory || othersMayEnter(dirname(directory)));
}

function copyForOthers(program: string): string {
	const place = mkdtempSync(join(tmpdir(), "pvpkg-program-"));
	process.once("exit", () => rmSync(place, { recursive: true, force: true }));
	const copy = join(place, "dist/program");
	cpSync(program, copy, { recursive: true });
	cpSync("package.json", join(place, "package.json"));
	cpSync("docs/schemas", join(place, "docs/schemas"), { recursive: true });
	run("chmod", "-R", "a+rX", place);
	return copy;
}
