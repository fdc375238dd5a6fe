import { encodeState, type State } from "../../pantavisor/state/index.js";
import { type DeviceClient, shownText } from "./client.js";
import { DeviceError } from "./errors.js";
import { INTERVAL } from "./follow.js";
import type { RevisionProgress } from "./progress.js";

/** How long a device may take to come back from a revision that it gave up. Milliseconds. */
const RETURN_WAIT = 120_000;

/** What a device runs after it gave a revision up. */
export type Return =
	/** The state that it had before. */
	| "before"
	/** Another one: it goes back to its rollback point, and an update without a restart does not become one. */
	| "older"
	/** Nobody knows: it did not come back in time. */
	| "unknown";

/**
 * Follows a device that has given a revision up. It restarts to go back, and may still show the state of the failed
 * revision until then.
 */
export async function followReturn(device: DeviceClient, before: State): Promise<Return> {
	const deadline = device.now() + RETURN_WAIT;
	const wanted = encodeState(before);
	let hasRestarted = false;
	/** What it showed before it restarted: it may also have been only the network that failed. */
	let shown: string | undefined;
	for (;;) {
		const left = Math.max(INTERVAL, deadline - device.now());
		const state = await device.within(left, (asked) => asked.state()).catch(() => undefined);
		const now = state && encodeState(state);
		if (now === wanted) return "before";
		if (now === undefined) hasRestarted = true;
		else if (!hasRestarted) shown = now;
		else if (now !== shown) return "older";
		if (device.now() >= deadline) return "unknown";
		await device.sleep(INTERVAL);
	}
}

/** The error of a revision that a device gave up: its reason, and what it runs now. */
export function rollbackError(
	device: DeviceClient,
	revision: string,
	{ status, message }: RevisionProgress,
	where: Return,
): DeviceError {
	const look = `"pvpkg device state ${device.address}" shows what the device runs`;
	const now = {
		before: "the device runs the state that it had before",
		older: `the device went back to its last rollback point, which is older than what it ran before; ${look}`,
		unknown: look,
	}[where];
	const reason = message === "" ? "" : `: ${shownText(message)}`;
	const text = `${device.name}: run ${revision}: the device answered ${shownText(status)}${reason}; ${now}`;
	return new DeviceError("ERR_DEVICE_ROLLBACK", text);
}
