/** How a run is interrupted, and who hears of it. */
export interface Interruption {
	readonly signal?: AbortSignal | undefined;
	/** Called when the signal is aborted in the middle of the work: the device can be asked nothing then. */
	readonly onInterrupt?: ((message: string) => void) | undefined;
}

/** Does `work`; an interruption on the way is reported with what `note` says of the device then. */
export async function noteInterruption<Result>(
	{ signal, onInterrupt }: Interruption,
	note: () => string,
	work: () => Promise<Result>,
): Promise<Result> {
	const onAbort = (): void => onInterrupt?.(note());
	signal?.addEventListener("abort", onAbort, { once: true });
	try {
		return await work();
	} finally {
		signal?.removeEventListener("abort", onAbort);
	}
}
