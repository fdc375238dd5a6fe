import { availableParallelism } from "node:os";
import { setFlagsFromString } from "node:v8";

/** Bytes of code that a function runs before the V8 of Node 20 optimises it: by default, and late. */
const DEFAULT_BUDGET = 67_584;
const LATE_BUDGET = 600_000;
/** With more processors than this, the optimiser has a free one, and the main thread gains. */
const FEW_PROCESSORS = 3;

let isLate = false;

/**
 * Makes Node 20 optimise fewer functions on machines with few processors. Most runs take seconds, in which
 * the optimiser's threads take a fifth of the processor time away from those that compress, for code that
 * ends soon after. Only for a program of our own, as it holds for the whole process; and once its modules are loaded,
 * because V8 takes what Node compiled beforehand only under the default flags.
 */
export function optimiseLate(): void {
	isLate = needsLateOptimiser(process.version, availableParallelism());
	if (isLate) setBudget(LATE_BUDGET);
}

/** Returns whether this version of Node optimises too early. Later ones optimise in cheaper steps, without the flag. */
export function needsLateOptimiser(version: string, processors: number): boolean {
	return version.startsWith("v20.") && processors <= FEW_PROCESSORS;
}

/** Returns to the default while a thread starts. @returns whether the thread has to end that. */
export function pauseLateOptimiser(): boolean {
	if (isLate) setBudget(DEFAULT_BUDGET);
	return isLate;
}

/** Ends what `pauseLateOptimiser` began, in whatever thread, as flags are those of the process. */
export function resumeLateOptimiser(): void {
	setBudget(LATE_BUDGET);
}

function setBudget(bytes: number): void {
	setFlagsFromString(`--interrupt-budget=${bytes}`);
}
