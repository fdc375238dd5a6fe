import { availableParallelism } from "node:os";
import { setFlagsFromString } from "node:v8";

/** Bytes of code that a function runs before the V8 of Node 20 optimises it; 66 KiB by default. */
const BUDGET = 600_000;
/** With more processors than this, the optimiser has a free one, and the main thread gains. */
const FEW_PROCESSORS = 3;

/**
 * Makes Node 20 optimise fewer functions on machines with few processors. Most runs take seconds, in which
 * the optimiser's threads take a fifth of the processor time away from those that compress, for code that
 * ends soon after.
 */
export function optimiseLate(): void {
	const flag = optimiserFlag(process.version, availableParallelism());
	if (flag !== undefined) setFlagsFromString(flag);
}

/**
 * Returns the V8 flag for this version of Node, if it helps. Later versions optimise in cheaper steps, and do
 * not have the flag.
 */
export function optimiserFlag(version: string, processors: number): string | undefined {
	return version.startsWith("v20.") && processors <= FEW_PROCESSORS
		? `--interrupt-budget=${BUDGET}`
		: undefined;
}
