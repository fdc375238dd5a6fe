import { readFileSync } from "node:fs";

/** The text of a file of the system (`/proc`, `/sys`), or undefined where there is none to read. */
export function readSystemText(path: string): string | undefined {
	try {
		return readFileSync(path, "utf8");
	} catch {
		return undefined;
	}
}
