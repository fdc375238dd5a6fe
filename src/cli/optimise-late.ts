import { availableParallelism } from "node:os";
import { setFlagsFromString } from "node:v8";

/** Bytes of code that a function runs before V8 of Node 20 thinks of optimising it; 66 KiB by default. */
const BUDGET = 600_000;
/** With more processors than this, the optimiser works where nobody else does, and the main thread gains. */
const FEW_PROCESSORS = 3;

/**
 * Has Node 20 optimise fewer functions where processors are few. Most runs take seconds, in which the optimiser's
 * threads take a fifth of the processor time away from those that compress, for code that ends soon after.
 */
export function optimiseLate(): void {
	const flag = optimiserFlag(process.version, availableParallelism());
	if (flag !== undefined) setFlagsFromString(flag);
}

/** The flag of V8 for this version of Node, if it pays: later ones have a cheaper tier first, and do not know it. */
export function optimiserFlag(version: string, processors: number): string | undefined {
	return version.startsWith("v20.") && processors <= FEW_PROCESSORS
		? `--interrupt-budget=${BUDGET}`
		: undefined;
}
