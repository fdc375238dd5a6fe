/** Signals that people and systems end programs with. */
export const ENDING_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs synchronous work that may have to wait for others for as long as they like. No listener can run meanwhile, so
 * signals end the process as if there were none. One that came just before is lost.
 */
export function endedBySignals<T>(work: () => T): T {
	const listeners = ENDING_SIGNALS.map((signal) => [signal, process.rawListeners(signal)] as const);
	for (const signal of ENDING_SIGNALS) process.removeAllListeners(signal);
	try {
		return work();
	} finally {
		for (const [signal, kept] of listeners) {
			for (const listener of kept) process.on(signal, listener as NodeJS.SignalsListener);
		}
	}
}
