import { setMaxListeners } from "node:events";

/**
 * Returns a signal that aborts with any of these, and never without one. Any number of operations may listen to it:
 * of other signals Node warns on standard error when more than 10 do, and a run with many platforms has more.
 */
export function jointSignal(...signals: readonly (AbortSignal | undefined)[]): AbortSignal {
	const joint = AbortSignal.any(signals.filter((signal) => signal !== undefined));
	setMaxListeners(0, joint);
	return joint;
}
