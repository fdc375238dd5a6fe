import { readFileSync } from "node:fs";

/** Returns the version of this program, as package.json has it. */
export function programVersion(): string {
	return JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")).version;
}
