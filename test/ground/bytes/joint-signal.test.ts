import { setTimeout as delay, setImmediate } from "node:timers/promises";
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
	const warnings: Error[] = [];
	const onWarning = (warning: Error): number => warnings.push(warning);
	process.on("warning", onWarning);
	const ended = new AbortController();
	const joint = jointSignal(ended.signal);
	const waiting = Array.from({ length: 50 }, () =>
		delay(60_000, undefined, { signal: joint }).catch(() => "aborted"),
	);
	// Warnings come in a moment of their own; other files' tests in this process may have others.
	await setImmediate();
	process.off("warning", onWarning);
	expect(warnings.filter(({ name }) => name === "MaxListenersExceededWarning")).toEqual([]);
	ended.abort();
	expect(new Set(await Promise.all(waiting))).toEqual(new Set(["aborted"]));
});
