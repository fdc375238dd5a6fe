import { readFileSync } from "node:fs";

/** Returns where a file of the package lies: of a checkout, or as npm installed it. */
export function packageFile(path: string): URL {
	return new URL(`../../../${path}`, import.meta.url);
}

/** Returns the version of this program, as package.json has it. */
export function programVersion(): string {
	return JSON.parse(readFileSync(packageFile("package.json"), "utf8")).version;
}
