import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { jointSignal } from "../../../src/ground/bytes/index.js";

test("a joint signal aborts with the reason of the first of its signals", () => {
	const [one, other] = [new AbortController(), new AbortController()];
	const joint = jointSignal(one.signal, undefined, other.signal);
	expect(joint.aborted).toBe(false);
	other.abort(new Error("enough"));
	one.abort(new Error("too late"));
	expect(joint.reason).toMatchObject({ message: "enough" });
	expect(jointSignal().aborted).toBe(false);
});

test("any number of operations may listen to it", async () => {
	const warned = once(process, "warning", { signal: AbortSignal.timeout(500) }).catch(() => "no warning");
	const ended = new AbortController();
	const joint = jointSignal(ended.signal);
	const waiting = Array.from({ length: 50 }, () =>
		delay(60_000, undefined, { signal: joint }).catch(() => "aborted"),
	);
	expect(await warned).toBe("no warning");
	ended.abort();
	expect(new Set(await Promise.all(waiting))).toEqual(new Set(["aborted"]));
});
