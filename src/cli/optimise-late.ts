import { availableParallelism } from "node:os";
import { setFlagsFromString } from "node:v8";

/** Bytes of code that a function runs before V8 of Node 20 thinks of optimising it; 66 KiB by default. */
const BUDGET = 600_000;
/** With more processors than this, the optimiser works where nobody else does, and the main thread gains. */
const FEW_PROCESSORS = 3;

/**
 * Has Node 20 optimise fewer functions where processors are few. Most runs take seconds, in which the optimiser's
 * threads take a fifth of the processor time away from those that compress, for code that ends soon after. Later
 * versions compile by a cheaper tier first, and do not know the flag.
 */
export function optimiseLate(): void {
	if (!process.version.startsWith("v20.") || availableParallelism() > FEW_PROCESSORS) return;
	setFlagsFromString(`--interrupt-budget=${BUDGET}`);
}
