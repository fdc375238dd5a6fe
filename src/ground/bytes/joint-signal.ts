import { setMaxListeners } from "node:events";

/**
 * Returns a signal that aborts when one of these does. Any number of operations may listen to it, whereas
 * Node warns when more than 10 listen to an ordinary signal, as in a run with many platforms.
 */
export function jointSignal(...signals: readonly (AbortSignal | undefined)[]): AbortSignal {
	const joint = AbortSignal.any(signals.filter((signal) => signal !== undefined));
	setMaxListeners(0, joint);
	return joint;
}
