import { readFileSync } from "node:fs";

/** Reads a file of the system (`/proc`, `/sys`); undefined if it cannot be read. */
export function readSystemText(path: string): string | undefined {
	try {
		return readFileSync(path, "utf8");
	} catch {
		return undefined;
	}
}
