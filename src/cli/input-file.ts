import { readFileSync, statSync } from "node:fs";
import { BytesError } from "../internal.js";
import { ENDING_SIGNALS } from "./session.js";

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

/**
 * Runs work that may wait for ever. The handlers of signals would not run meanwhile, so signals have the effect
 * that they have without them: they end the process. Inputs are read before anything is written.
 */
function endedBySignals<T>(work: () => T): T {
	const handlers = ENDING_SIGNALS.map((name) => [name, process.listeners(name)] as const);
	for (const [name] of handlers) process.removeAllListeners(name);
	try {
		return work();
	} finally {
		for (const [name, listeners] of handlers) for (const listener of listeners) process.on(name, listener);
	}
}
