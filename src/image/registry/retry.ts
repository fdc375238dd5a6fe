import { RegistryError } from "./errors.js";
import type { Settings } from "./settings.js";

/** Pause after the first failure. Milliseconds. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 10_000;
/** Longest Retry-After that is waited for; a longer one is an error at once. Milliseconds. */
const LONGEST_RETRY_AFTER = 120_000;

/**
 * Counts the attempts at one piece of work. Pauses double. They need no jitter, as one client has only a handful of
 * connections.
 */
export class Retries {
	readonly #settings: Settings;
	readonly #signal: AbortSignal | undefined;
	#failures = 0;

	constructor(settings: Settings, signal: AbortSignal | undefined) {
		this.#settings = settings;
		this.#signal = signal;
	}

	/** Starts the count again after progress. */
	reset(): void {
		this.#failures = 0;
	}

	/** Waits if the failure may pass. @throws the failure otherwise. */
	async pause(failure: unknown): Promise<void> {
		if (!(failure instanceof RegistryError) || !failure.transient) throw failure;
		if (this.#failures >= this.#settings.retries) throw failure;
		const asked = failure.retryAfter ?? 0;
		if (asked > LONGEST_RETRY_AFTER) throw failure;
		const own = Math.min(FIRST_PAUSE * 2 ** this.#failures, LONGEST_PAUSE);
		this.#failures++;
		this.#settings.onDebug(`${failure.message}; trying again (${this.#failures}/${this.#settings.retries})`);
		await this.#settings.sleep(Math.max(own, asked), this.#signal);
		this.#signal?.throwIfAborted();
	}
}

/** Repeats an action until it succeeds, fails for good, or has failed too often. */
export async function withRetries<T>(
	settings: Settings,
	signal: AbortSignal | undefined,
	work: () => Promise<T>,
): Promise<T> {
	const retries = new Retries(settings, signal);
	for (;;) {
		try {
			return await work();
		} catch (failure) {
			await retries.pause(failure);
		}
	}
}

/** Returns a `Retry-After`, in seconds or as a date, as milliseconds from `now` (milliseconds since 1970). */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
	if (header === undefined) return undefined;
	if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
	const date = /^\s*[A-Za-z]{3,9}, /.test(header) ? Date.parse(header) : Number.NaN;
	return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
