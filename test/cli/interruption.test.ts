import { existsSync, readdirSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { DemoRegistry } from "../../fixtures/demo-registry.js";
import {
	type CommandOptions,
	type CommandResult,
	demoImage,
	IN_THREADS,
	serveDemo,
	Workplace,
} from "../support/command-line.js";

let registry: DemoRegistry;
let place: Workplace;
beforeAll(async () => {
	registry = await serveDemo(demoImage(1));
});
afterAll(() => registry.close());
beforeEach(() => {
	place = new Workplace();
});
afterEach(() => place.remove());

/** Runs pvpkg until a signal meets it: on a busy machine it may be done before the signal is on its way. */
async function interrupt(
	args: readonly string[],
	when: NonNullable<CommandOptions["interrupt"]>,
): Promise<CommandResult> {
	for (;;) {
		const stopped = await place.run(args, { interrupt: when, env: IN_THREADS });
		if (stopped.code !== 0) return stopped;
		place.remove();
		place = new Workplace();
	}
}

const PHASES = ["download", "flatten", "compress", "package"];

describe.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)("%s", (signal) => {
	test.each(PHASES)("after the first %s: no output, and the next run succeeds", async (phase) => {
		const args = ["export", `${registry.host}/demo/app:1.0`, "web", "-o", "out/"];
		const stopped = await interrupt(args, { after: `: ${phase}:`, signal });
		if (signal !== "SIGKILL") expect(stopped.code).toBe(130);
		const left = existsSync(place.path("out")) ? readdirSync(place.path("out")) : [];
		expect(left.filter((name) => !name.startsWith("."))).toEqual([]);
		if (signal !== "SIGKILL") expect([left, readdirSync(place.path("tmp"))]).toEqual([[], []]);

		const again = await place.run(args, { env: IN_THREADS });
		expect(again.stderr).not.toMatch(/error|pvpkg:/);
		expect(again.code).toBe(0);
		expect(readdirSync(place.path("out"))).toHaveLength(6);
		expect(readdirSync(place.path("tmp"))).toEqual([]);
	});
});
