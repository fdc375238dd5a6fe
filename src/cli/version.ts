import { readFileSync } from "node:fs";

/** Returns the address of a file of this npm package, in a clone or where npm installed it. */
export function packageFile(path: string): URL {
	return new URL(`../../../${path}`, import.meta.url);
}

/** Returns the version of this program, as package.json has it. */
export function programVersion(): string {
	return JSON.parse(readFileSync(packageFile("package.json"), "utf8")).version;
}
