import { readFileSync, statSync } from "node:fs";
import { BytesError, endedBySignals } from "../internal.js";

/**
 * Reads a small input file that the user named. A FIFO is waited for until somebody has written to it.
 * @throws BytesError ERR_FILE_NOT_FOUND, ERR_FILE
 */
export function readInput(path: string): Uint8Array {
	try {
		return statSync(path).isFIFO() ? endedBySignals(() => readFileSync(path)) : readFileSync(path);
	} catch (cause) {
		throw BytesError.fromSystem(path, "read", cause);
	}
}
