import { PvpkgError } from "../../ground/bytes/index.js";
import { type DeviceClient, shownText } from "./client.js";
import { DeviceError } from "./errors.js";
import { isDone, isFailed, type RevisionProgress } from "./progress.js";

/** Between two looks at a device. Milliseconds. */
export const INTERVAL = 2_000;

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
 * again: going to a revision may take a restart.
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
		const seen = await look(device, revision);
		if ((seen !== "unreachable") !== reachable) {
			reachable = !reachable;
			onReachable?.(reachable);
		}
		if (seen !== "unreachable" && seen !== undefined) {
			if (!isSame(seen, last)) onProgress?.(seen);
			last = seen;
			if (isDone(seen) || isFailed(seen)) return seen;
		}
		if (device.now() >= deadline) throw timeoutError(device, revision, last, reachable, wait);
		await device.sleep(INTERVAL);
	}
}

/** Servers in front of a device that is not up yet answer with an error of theirs. */
async function look(
	device: DeviceClient,
	revision: string,
): Promise<RevisionProgress | undefined | "unreachable"> {
	try {
		return await device.status(revision);
	} catch (error) {
		if (error instanceof PvpkgError && (error.kind === "transport" || error.code === "ERR_DEVICE_REFUSED")) {
			return "unreachable";
		}
		throw error;
	}
}

function isSame(a: RevisionProgress, b: RevisionProgress | undefined): boolean {
	return a.status === b?.status && a.message === b.message && a.percent === b.percent;
}

function timeoutError(
	device: DeviceClient,
	revision: string,
	last: RevisionProgress | undefined,
	reachable: boolean,
	wait: number,
): DeviceError {
	const said = last === undefined ? "nothing about it" : `${shownText(last.status)} ${last.percent} %`;
	const now = reachable ? `said ${said}` : `does not answer; before it said ${said}`;
	const seconds = Math.round(wait / 1000);
	const advice = `"pvpkg device status ${device.address} ${revision}" shows whether it comes to an end`;
	const message = `${device.name}: run ${revision}: expected an end within ${seconds} s, but the device ${now}; ${advice}`;
	return new DeviceError("ERR_DEVICE_LOST", message);
}
