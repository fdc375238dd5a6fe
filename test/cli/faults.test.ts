import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ContentStore } from "../../src/ground/store/index.js";
import { Workplace } from "../support/command-line.js";
import { FAULTY_PLATFORMS, misbehave, publishLayers } from "../support/faulty-registry.js";
import { TestRegistry } from "../support/registry.js";

// The small brother of bench/faults.ts.

const MEGABYTES = 3;
const PROCESSES = 3;
let place: Workplace;
let registry: TestRegistry;
beforeEach(async () => {
	place = new Workplace();
	registry = await TestRegistry.start();
});
afterEach(async () => {
	await registry.close();
	place.remove();
});

/** Digests of the packages of all platforms. */
async function exportAll(out: string, cache: string): Promise<string[]> {
	const options = ["--cache-dir", place.path(cache), "--retries", "40", "--timeout", "2", "--tier", "fast"];
	const what = ["export", `${registry.host}/app:1`, "app", "--status-goal", "MOUNTED"];
	const args = [...what, "-o", `${place.path(out)}/`, "-q", "--jobs", "0"];
	const { code, stderr } = await place.run([...args, ...options]);
	expect(stderr).toBe("");
	expect(code).toBe(0);
	return readdirSync(place.path(out))
		.sort()
		.map((name) => {
			const bytes = readFileSync(join(place.path(out), name));
			return `${name} ${createHash("sha256").update(bytes).digest("hex")}`;
		});
}

test("processes that share a store make the right packages over a bad line", async () => {
	const layers = publishLayers(registry, MEGABYTES);
	const expected = await exportAll("reference", "other-cache");
	expect(expected).toHaveLength(FAULTY_PLATFORMS.length);

	const tallies = misbehave(registry, layers, 20260402);
	const runs = Array.from({ length: PROCESSES }, (_, at) => exportAll(`out${at}`, "cache"));
	for (const packages of await Promise.all(runs)) expect(packages).toEqual(expected);

	for (const digest of layers.keys()) {
		const { requests, faults, abandoned } = tallies.get(digest)!;
		expect(requests).toBeLessThanOrEqual(1 + faults + abandoned);
	}
	expect([...tallies.values()].reduce((sum, { faults }) => sum + faults, 0)).toBeGreaterThan(3);
	const store = new ContentStore(place.path("cache"));
	expect(readdirSync(join(store.directory, "v2/partial"))).toEqual([]);
	expect(await store.verify()).toEqual([]);
	// An index; a manifest, a config and a root.squashfs for each platform.
	expect(store.list()).toHaveLength(layers.size + 1 + 3 * FAULTY_PLATFORMS.length);
	expect(readdirSync(place.path("tmp"))).toEqual([]);
});
