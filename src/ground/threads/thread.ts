import { isMainThread, Worker, type WorkerOptions } from "node:worker_threads";
import { pauseLateOptimiser, resumeLateOptimiser } from "./optimiser.js";

/** The argument of a thread that has to resume the late optimiser. */
const RESUME = "resume-late-optimiser";

/**
 * Starts a thread of this process with a module of ours, which calls `threadStarted` once all that it imports is loaded.
 * The thread takes none of the process's own arguments for Node.
 */
export function startThread(
	module: URL,
	options: Pick<WorkerOptions, "workerData" | "transferList" | "resourceLimits">,
): Worker {
	const argv = pauseLateOptimiser() ? [RESUME] : [];
	return new Worker(module, { ...options, argv, execArgv: [] });
}

/** Called by the module of a thread, when it begins to work. */
export function threadStarted(): void {
	if (!isMainThread && process.argv.includes(RESUME)) resumeLateOptimiser();
}
