import { existsSync, readdirSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { DemoRegistry } from "../../fixtures/demo-registry.js";
import { demoImage, IN_THREADS, serveDemo, Workplace } from "../support/command-line.js";

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

/** Loads what sends the program its signal, at the moment at which it prints a text. */
const NODE_OPTIONS = `--import=${new URL("../support/signal-itself.js", import.meta.url)}`;
const PHASES = ["download", "flatten", "compress", "package"];

describe.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)("%s", (signal) => {
	test.each(PHASES)("after the first %s: no output, and the next run succeeds", async (phase) => {
		const platforms = ["-p", "linux/amd64,linux/arm64"];
		const args = ["export", `${registry.host}/demo/app:1.0`, "web", ...platforms, "-o", "out/"];
		const met = { PVPKG_TEST_SIGNAL: signal, PVPKG_TEST_SIGNAL_AFTER: `: ${phase}:` };
		const stopped = await place.run(args, { env: { ...IN_THREADS, NODE_OPTIONS, ...met } });
		expect(stopped.stderr).toContain(`: ${phase}:`);
		expect(stopped.code).toBe(signal === "SIGKILL" ? null : 130);
		const left = existsSync(place.path("out")) ? readdirSync(place.path("out")) : [];
		expect(left.filter((name) => !name.startsWith("."))).toEqual([]);
		if (signal !== "SIGKILL") expect([left, readdirSync(place.path("tmp"))]).toEqual([[], []]);

		const again = await place.run(args, { env: IN_THREADS });
		expect(again.stderr).not.toMatch(/error|pvpkg:/);
		expect(again.code).toBe(0);
		expect(readdirSync(place.path("out"))).toHaveLength(2);
		expect(readdirSync(place.path("tmp"))).toEqual([]);
	});
});
