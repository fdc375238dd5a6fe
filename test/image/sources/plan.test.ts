import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ContentStore } from "../../../src/ground/store/index.js";
import { type Image, parsePlatform, resolveImages } from "../../../src/image/oci/index.js";
import { cachedSource, checkDiskPlan, type PlanPlaces, planPull } from "../../../src/image/sources/index.js";
import { MemorySource, TYPES } from "../../support/memory-source.js";

let directory: string;
let places: PlanPlaces;
let source: MemorySource;
let images: Image[];

beforeEach(async () => {
	directory = mkdtempSync(join(tmpdir(), "plan-"));
	const store = new ContentStore(join(directory, "not/yet/there"));
	places = { store, temporaryDirectory: directory, outputDirectory: join(directory, "out") };
	source = new MemorySource();
	const [amd64, armV6] = [parsePlatform("linux/amd64"), parsePlatform("linux/arm/v6")];
	source.addIndex([
		source.addImage(amd64, amd64, ["shared layer", "for amd64"]),
		source.addImage(armV6, armV6, ["shared layer", "for the arm"]),
	]);
	const platforms = [amd64, parsePlatform("linux/arm/v7")];
	images = await resolveImages(source, platforms, { policy: "compatible" });
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("says what is chosen and why, and counts shared blobs once", () => {
	const plan = planPull(images, places);
	expect(plan.platforms.map(({ requested, platform, match }) => [requested, platform, match])).toEqual([
		[parsePlatform("linux/amd64"), parsePlatform("linux/amd64"), "exact"],
		[parsePlatform("linux/arm/v7"), parsePlatform("linux/arm/v6"), "fallback"],
	]);
	expect(
		plan.blobs
			.map(({ size }) => size)
			.toSpliced(0, 1)
			.filter((size) => size < 20),
	).toEqual([12, 9, 11]);
	expect(plan.fetchBytes).toBe(plan.blobs.reduce((sum, { size }) => sum + size, 0));
	expect(plan.platforms[0]!.layers[0]).toBe(plan.platforms[1]!.layers[0]);
});

test("counts what the store has, whole or in part", async () => {
	const before = planPull(images, places).fetchBytes;
	const [shared, own] = images[0]!.manifest.layers;
	await cachedSource(source, places.store).prefetch([shared!]);
	const partial = await places.store.receiveBlob(own!.digest, own!.size);
	await partial.write(Buffer.from("for"));
	await partial.close();
	const plan = planPull(images, places);
	expect(plan.fetchBytes).toBe(before - 12 - 3);
	expect(plan.blobs.filter(({ stored }) => stored > 0).map(({ stored }) => stored)).toEqual([12, 3]);
});

test("fetches nothing that is on this machine", () => {
	expect(planPull(images, { ...places, local: true }).fetchBytes).toBe(0);
});

test("compares what one disk has to hold with what it has free", () => {
	const [disk, ...others] = planPull(images, places).disks;
	expect(others).toEqual([]);
	expect(disk!.directories).toEqual([places.store.directory, directory, join(directory, "out")]);
	expect(disk!.least).toBeLessThan(disk!.needed);
	expect(disk!.free).toBeGreaterThan(0);
	checkDiskPlan({ disks: [disk!] });
	expect(() => checkDiskPlan({ disks: [{ ...disk!, least: 2000, free: 1999 }] })).toThrow(
		expect.objectContaining({
			code: "ERR_DISK_SPACE",
			message: expect.stringContaining("expected at least 2000 bytes, got 1999"),
		}),
	);
});

test("plain layers are not taken for compressed ones", async () => {
	const { manifest } = images[0]!;
	const layers = [{ ...manifest.layers[0]!, mediaType: TYPES.layer.replace("+gzip", ""), size: 1000 }];
	const image = { ...images[0]!, manifest: { ...manifest, layers } };
	const [disk] = planPull([image], { ...places }).disks;
	expect(disk!.needed - disk!.least).toBe(1000);
});
