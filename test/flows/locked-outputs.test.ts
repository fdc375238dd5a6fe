import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { installImage, LOCK_FILE, lockImages, lockOutputs } from "../../src/flows/index.js";
import { AMD64, MemoryImages, RunPlace } from "../support/memory-run.js";

let place: RunPlace;
let images: MemoryImages;
let directory: string;
beforeEach(async () => {
	place = new RunPlace();
	images = new MemoryImages();
	images.addPlatforms(AMD64);
	directory = place.path("project");
	mkdirSync(directory);
	const settings = place.settings(images);
	await installImage({ directory, image: "reg/web:1", name: "web", platforms: [AMD64] }, settings);
	await lockImages({ directory, version: "1" }, settings);
});
afterEach(() => place.remove());

const lock = (): string => readFileSync(join(directory, LOCK_FILE), "utf8");

test("records what a build of the locked images gives", async () => {
	const outputs = await lockOutputs({ directory, version: "1" }, place.settings(images));
	expect(JSON.parse(lock()).outputs.amd64.package).toEqual(outputs.get("amd64")!.package);
});

test("a lock that was edited during the build is left as it was edited", async () => {
	let edited: string | undefined;
	const onProgress = (): void => {
		if (edited !== undefined) return;
		appendFileSync(join(directory, LOCK_FILE), "\n");
		edited = lock();
	};
	const build = lockOutputs({ directory, version: "1" }, { ...place.settings(images), onProgress });
	await expect(build).rejects.toMatchObject({
		code: "ERR_LOCK_STALE",
		message: expect.stringContaining("it was changed while the packages were built, run it again"),
	});
	expect(edited).toBeDefined();
	expect(lock()).toBe(edited);
});
