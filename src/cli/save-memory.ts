import { setFlagsFromString } from "node:v8";

/**
 * Has V8 collect garbage early, for commands that look at many small things: a comparison of 20,000 files takes
 * 25 MB less memory for it, and a few percent more processor time.
 */
export function saveMemory(): void {
	setFlagsFromString("--optimize-for-size");
}
