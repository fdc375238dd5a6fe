import { afterEach, beforeEach, expect, test } from "vitest";
import { Shared } from "../../src/container/index.js";
import { bufferContent } from "../../src/ground/bytes/index.js";
import { DEFAULT_IMAGE_OPTIONS } from "../../src/squashfs/format/index.js";
import { AMD64, MemoryImages, RunPlace } from "../support/memory-run.js";

let place: RunPlace;
beforeEach(() => {
	place = new RunPlace();
});
afterEach(() => place.remove());

const options = { ...DEFAULT_IMAGE_OPTIONS, compressor: { name: "gzip", level: 1, windowLog: 15 } } as const;

async function compress(pool: ReturnType<Shared["pool"]>): Promise<number> {
	const slot = await pool.reserve();
	const content = bufferContent(new Uint8Array(pool.blockSize));
	return (await slot.compress([{ content, position: 0, size: content.size }], false)).bytes.length;
}

test("runs use the workers of what they share, and leave them running", async () => {
	const shared = new Shared({ registry: {}, jobs: 0 });
	const settings = place.settings(new MemoryImages(), { shared });
	const pools = new Set<unknown>();
	for (const _ of [1, 2]) {
		await place.run(settings, async (run) => {
			expect(await compress(run.pool(options))).toBeGreaterThan(0);
			pools.add(run.shared.pool(options));
		});
	}
	expect(pools.size).toBe(1);
	expect(await compress(shared.pool(options))).toBeGreaterThan(0);
	await shared.close();
	await expect(shared.pool(options).reserve()).rejects.toMatchObject({ code: "ERR_CODEC_CLOSED" });
});

test("a run that fails ends its own work, and nobody else's", async () => {
	const shared = new Shared({ registry: {}, jobs: 0 });
	const settings = place.settings(new MemoryImages(), { shared });
	let lent: ReturnType<Shared["pool"]> | undefined;
	const failing = place.run(settings, async (run) => {
		lent = run.pool(options);
		throw new Error(`no ${AMD64.os}`);
	});
	await expect(failing).rejects.toThrow("no linux");
	await expect(lent!.reserve()).rejects.toMatchObject({ name: "AbortError" });
	expect(await compress(shared.pool(options))).toBeGreaterThan(0);
	await shared.close();
});

test("a run without shared resources closes its own", async () => {
	let own: Shared | undefined;
	await place.run(place.settings(new MemoryImages()), async (run) => {
		own = run.shared;
		expect(await compress(run.pool(options))).toBeGreaterThan(0);
	});
	await expect(own!.pool(options).reserve()).rejects.toThrow();
});
