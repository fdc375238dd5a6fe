import { setFlagsFromString } from "node:v8";

/**
 * Makes V8 collect garbage early, for commands with many small objects: a comparison of 20,000 files then
 * takes 25 MB less memory, and a few percent more processor time.
 */
export function saveMemory(): void {
	setFlagsFromString("--optimize-for-size");
}
