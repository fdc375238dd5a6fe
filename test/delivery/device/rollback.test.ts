import { expect, test } from "vitest";
import type { DeviceClient } from "../../../src/delivery/device/client.js";
import { followReturn } from "../../../src/delivery/device/rollback.js";
import { parseState, type State } from "../../../src/pantavisor/state/index.js";

const stateOf = (version: number): State =>
	parseState(Buffer.from(`{"#spec":"pantavisor-service-system@1","a/run.json":{"v":${version}}}`), "state");
const [BEFORE, FAILED, OLDER] = [stateOf(1), stateOf(2), stateOf(3)];

/** A device that shows these states, one at each look; undefined: it does not answer. The last one stays. */
function device(...states: readonly (State | undefined)[]): DeviceClient {
	let [time, looks] = [0, 0];
	const client: DeviceClient = {
		within: (_: number, ask: (device: DeviceClient) => unknown) => ask(client),
		now: () => time,
		sleep: async (milliseconds: number) => {
			time += milliseconds;
		},
		state: async () => {
			const state = states[Math.min(looks++, states.length - 1)];
			if (state === undefined) throw new Error("no answer");
			return state;
		},
	} as unknown as DeviceClient;
	return client;
}

test.each([
	["goes back at once", [BEFORE], "before"],
	["restarts, and goes back", [FAILED, undefined, BEFORE], "before"],
	["restarts into an older state", [FAILED, undefined, undefined, OLDER], "older"],
	["was silent when it was first asked, and is in an older state", [undefined, OLDER], "older"],
	["missed an answer, and still shows the failed state", [FAILED, undefined, FAILED, BEFORE], "before"],
	["never comes back", [FAILED, undefined], "unknown"],
	["stays in the failed state", [FAILED], "unknown"],
] as const)("a device that %s", async (_, states, expected) => {
	expect(await followReturn(device(...states), BEFORE)).toBe(expected);
});
