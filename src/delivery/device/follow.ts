import { PvpkgError } from "../../ground/bytes/index.js";
import { type DeviceClient, isTimeout, shownText } from "./client.js";
import { DeviceError } from "./errors.js";
import { isDone, isFailed, type RevisionProgress } from "./progress.js";

/** Time between two requests for progress. Milliseconds. */
export const INTERVAL = 2_000;
/** Least time for a request, even when the time to wait is nearly over. Milliseconds. */
const SHORTEST_LOOK = 1_000;

export interface FollowOptions {
	/** How long to wait for an end. Milliseconds. */
	readonly wait: number;
	/** Called whenever the device says something new. */
	readonly onProgress?: ((progress: RevisionProgress) => void) | undefined;
	/** Called when the device stops answering, and when it answers again: it may restart on the way. */
	readonly onReachable?: ((reachable: boolean) => void) | undefined;
}

/**
 * Follows a device until it has settled on a revision, or gone back. A device that does not answer is asked
 * again, and so is one whose answer makes no sense: going to a revision may take a restart, and its web server may be
 * there before what it asks.
 *
 * @returns the last thing that the device said; one of the end words.
 * @throws DeviceError ERR_DEVICE_LOST when there is no end in time; whatever is no failure of the network.
 */
export async function followRevision(
	device: DeviceClient,
	revision: string,
	{ wait, onProgress, onReachable }: FollowOptions,
): Promise<RevisionProgress> {
	const deadline = device.now() + wait;
	let [last, reachable]: [RevisionProgress | undefined, boolean] = [undefined, true];
	for (;;) {
		const left = Math.max(SHORTEST_LOOK, deadline - device.now());
		const { progress, failure } = await look(device, revision, left);
		if ((failure === undefined) !== reachable) {
			reachable = !reachable;
			onReachable?.(reachable);
		}
		if (progress !== undefined) {
			if (!isSame(progress, last)) onProgress?.(progress);
			last = progress;
			if (isDone(progress) || isFailed(progress)) return progress;
		}
		if (device.now() >= deadline || isTimeout(failure)) {
			throw timeoutError(device, revision, last, failure, wait);
		}
		await device.sleep(INTERVAL);
	}
}

/** The progress that a device reported, or why it reported none. */
interface Look {
	readonly progress?: RevisionProgress | undefined;
	readonly failure?: Error | undefined;
}

/**
 * Servers in front of a device that is not up yet answer with an error of theirs, with a page, or with nothing.
 * @param limit how long the answer may take. Milliseconds.
 * @throws what does not pass: an address where nothing may be asked, an interruption.
 */
async function look(device: DeviceClient, revision: string, limit: number): Promise<Look> {
	try {
		return { progress: await device.within(limit, (asked) => asked.status(revision)) };
	} catch (error) {
		if (isTimeout(error) || (error instanceof PvpkgError && isPassing(error)))
			return { failure: error as Error };
		throw error;
	}
}

function isPassing({ kind, code }: PvpkgError): boolean {
	return kind === "transport" || kind === "input" || code === "ERR_DEVICE_REFUSED";
}

function isSame(a: RevisionProgress, b: RevisionProgress | undefined): boolean {
	return a.status === b?.status && a.message === b.message && a.percent === b.percent;
}

function timeoutError(
	device: DeviceClient,
	revision: string,
	last: RevisionProgress | undefined,
	failure: Error | undefined,
	wait: number,
): DeviceError {
	const said = last === undefined ? "nothing about it" : `${shownText(last.status)} ${last.percent} %`;
	const now = failure === undefined ? `said ${said}` : `${silence(failure)}; before, it said ${said}`;
	const seconds = Math.round(wait / 1000);
	const advice = `"pvpkg device status ${device.address} ${revision}" shows whether it comes to an end`;
	const message = `${device.name}: run ${revision}: expected an end within ${seconds} s, but the device ${now}; ${advice}`;
	return new DeviceError("ERR_DEVICE_LOST", message, { cause: failure });
}

function silence(failure: Error): string {
	if (isTimeout(failure)) return "does not end its answer";
	const makesNoSense = failure instanceof PvpkgError && failure.kind === "input";
	return makesNoSense ? `gives answers that make no sense (${failure.message})` : "does not answer";
}
