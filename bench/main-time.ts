import { readFileSync, writeFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

// Preloaded (`node --import`) into a program that is measured: writes what its main thread and all its threads took,
// in seconds of processor time, and the most memory, in bytes, as JSON to the file that PVPKG_BENCH_TIME names.

/** What a process took. */
export interface ProcessTime {
	readonly main: number;
	readonly all: number;
	readonly memory: number;
}

/** Processor seconds of this thread's process: of its main thread (Linux), of all threads; most memory in bytes. */
export function processTime(): ProcessTime {
	const schedule = readFileSync(`/proc/self/task/${process.pid}/schedstat`, "latin1");
	const { user, system } = process.cpuUsage();
	const memory = process.resourceUsage().maxRSS * 1024;
	return { main: Number(schedule.split(" ")[0]) / 1e9, all: (user + system) / 1e6, memory };
}

const report = process.env.PVPKG_BENCH_TIME;
if (isMainThread && report !== undefined) {
	process.on("exit", () => writeFileSync(report, JSON.stringify(processTime())));
}
