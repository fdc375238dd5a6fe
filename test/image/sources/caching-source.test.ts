import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ContentStore } from "../../../src/ground/store/index.js";
import type { Descriptor, ImageSource } from "../../../src/image/oci/index.js";
import { type BlobProgress, cachedSource } from "../../../src/image/sources/index.js";
import { noise } from "../../support/inodes.js";
import { MemorySource } from "../../support/memory-source.js";

/** What happens at one opening of a blob. */
type Fault = "break" | "corrupt" | "none";

/** A source that can start anywhere, counts, and has the faults it is told to have, in turn. */
class FaultySource extends MemorySource {
	readonly faults: Fault[] = [];
	/** `digest offset` of each opening. */
	readonly opened: string[] = [];
	active = 0;
	mostActive = 0;

	override async *openBlob(
		descriptor: Descriptor,
		signal?: AbortSignal,
		offset = 0,
	): AsyncGenerator<Uint8Array> {
		this.opened.push(`${descriptor.digest} ${offset}`);
		this.mostActive = Math.max(this.mostActive, ++this.active);
		try {
			yield* this.#chunks(this.blobs.get(descriptor.digest)!, this.faults.shift() ?? "none", offset, signal);
		} finally {
			this.active--;
		}
	}

	async *#chunks(
		bytes: Uint8Array,
		fault: Fault,
		offset: number,
		signal?: AbortSignal,
	): AsyncGenerator<Uint8Array> {
		for (let at = offset; at < bytes.length; at += 1000) {
			await new Promise((resolve) => setTimeout(resolve, 1));
			signal?.throwIfAborted();
			if (fault === "break" && at >= offset + 2000) throw new Error("connection reset");
			const chunk = bytes.slice(at, at + 1000);
			if (fault === "corrupt") chunk[0]! ^= 1;
			yield chunk;
		}
	}
}

let directory: string;
let store: ContentStore;
let source: FaultySource;
let layer: Descriptor;

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "caching-source-"));
	store = new ContentStore(directory);
	source = new FaultySource();
	layer = source.addBlob(noise(10_000, 1));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function read(from: ImageSource, descriptor: Descriptor, offset?: number): Promise<Buffer> {
	const chunks: Uint8Array[] = [];
	for await (const chunk of from.openBlob(descriptor, undefined, offset)) chunks.push(chunk);
	return Buffer.concat(chunks);
}

const bytesOf = (descriptor: Descriptor): Buffer => Buffer.from(source.blobs.get(descriptor.digest)!);

describe("blobs", () => {
	test("are fetched once, however many read them", async () => {
		const cached = cachedSource(source, store);
		const all = await Promise.all([read(cached, layer), read(cached, layer), read(cached, layer, 9000)]);
		expect(all).toEqual([bytesOf(layer), bytesOf(layer), bytesOf(layer).subarray(9000)]);
		expect(await read(cachedSource(source, store), layer)).toEqual(bytesOf(layer));
		expect(source.opened).toEqual([`${layer.digest} 0`]);
	});

	test("are fetched once by two caches over one store at a time", async () => {
		await Promise.all([1, 2, 3].map(() => read(cachedSource(source, store), layer)));
		expect(source.opened).toHaveLength(1);
		expect(readdirSync(join(directory, "v2/partial"))).toEqual([]);
	});

	test("that another process prunes before they are opened are fetched again", async () => {
		const cached = cachedSource(source, store);
		await cached.prefetch([layer]);
		store.prune(0);
		expect(await read(cached, layer)).toEqual(bytesOf(layer));
		expect(source.opened).toEqual([`${layer.digest} 0`, `${layer.digest} 0`]);
	});

	test("that broke off go on where they ended", async () => {
		source.faults.push("break");
		await expect(read(cachedSource(source, store), layer)).rejects.toThrow("connection reset");
		expect(await read(cachedSource(source, store), layer)).toEqual(bytesOf(layer));
		expect(source.opened).toEqual([`${layer.digest} 0`, `${layer.digest} 2000`]);
	});

	test("with wrong bytes are fetched again, in the end refused, and not kept", async () => {
		source.faults.push("corrupt");
		expect(await read(cachedSource(source, store), layer)).toEqual(bytesOf(layer));
		expect(source.opened).toEqual([`${layer.digest} 0`, `${layer.digest} 0`]);
		store.prune(0);
		source.faults.push("corrupt", "corrupt", "corrupt");
		await expect(read(cachedSource(source, store), layer)).rejects.toMatchObject({
			code: "ERR_OBJECT_DIGEST",
		});
		expect(store.list()).toEqual([]);
		expect(readdirSync(join(directory, "v2/partial"))).toEqual([]);
	});

	test("that were damaged on disk are found and fetched again", async () => {
		await read(cachedSource(source, store), layer);
		writeFileSync(join(directory, "v2/blobs/sha256", layer.digest.slice(7)), Buffer.alloc(layer.size));
		expect(await read(cachedSource(source, store), layer)).toEqual(bytesOf(layer));
		expect(source.opened).toHaveLength(2);
	});

	test("that another process pruned meanwhile are fetched again", async () => {
		const cached = cachedSource(source, store);
		await cached.prefetch([layer]);
		store.prune(0);
		expect(await read(cached, layer)).toEqual(bytesOf(layer));
		expect(source.opened).toHaveLength(2);
	});

	test("are given back to their source chunk by chunk, once they are stored", async () => {
		const freed: number[] = [];
		const lending: ImageSource = Object.assign(source, {
			freeChunk: (chunk: Uint8Array) => {
				freed.push(chunk.length);
				chunk.fill(0);
			},
		});
		const cached = cachedSource(lending, store);
		await cached.prefetch([layer]);
		expect(freed.reduce((sum, size) => sum + size, 0)).toBe(layer.size);
		expect((await store.verify()).length).toBe(0);
	});

	test("of no bytes are blobs too", async () => {
		const empty = source.addBlob(Buffer.alloc(0));
		expect(await read(cachedSource(source, store), empty)).toHaveLength(0);
	});
});

describe("prefetch", () => {
	test("keeps to the bound and fetches shared blobs once", async () => {
		const layers = [3, 5, 7, 9].map((seed) => source.addBlob(noise(5000, seed)));
		const cached = cachedSource(source, store, { parallel: 2 });
		await cached.prefetch([...layers, ...layers]);
		expect(source.mostActive).toBe(2);
		expect(source.opened).toHaveLength(4);
	});

	test("reports what is there and what came", async () => {
		source.faults.push("break");
		await cachedSource(source, store)
			.prefetch([layer])
			.catch(() => {});
		const seen: string[] = [];
		const onProgress = ({ available, transferred }: { available: number; transferred: number }): void => {
			seen.push(`${available}/${transferred}`);
		};
		await cachedSource(source, store, { onProgress }).prefetch([layer]);
		expect(seen.at(0)).toBe("2000/0");
		expect(seen.at(-1)).toBe("10000/8000");
		seen.length = 0;
		await cachedSource(source, store, { onProgress }).prefetch([layer]);
		expect(seen).toEqual(["10000/0"]);
	});

	test("ends when the source is closed, and keeps what came", async () => {
		let arrived = (): void => {};
		const first = new Promise<void>((resolve) => {
			arrived = resolve;
		});
		const onProgress = ({ available }: BlobProgress): void => void (available > 0 && arrived());
		const cached = cachedSource(source, store, { onProgress });
		const running = expect(cached.prefetch([layer])).rejects.toThrow(/abort/i);
		await first;
		await cached.close();
		await running;
		expect(store.partialSize(layer.digest)).toBeGreaterThan(0);
		expect(readdirSync(join(directory, "v2/partial"))).toHaveLength(1);
	});
});

describe("manifests", () => {
	test("by digest come from the store, by tag from the source", async () => {
		const { digest } = source.addManifest({ schemaVersion: 2 });
		const cached = cachedSource(source, store);
		const fetched = await cached.fetchManifest();
		expect(await cachedSource(source, store).fetchManifest(digest)).toEqual(fetched);
		await cached.fetchManifest();
		expect(source.asked).toEqual(["root", "root"]);
	});

	test("by tag come from the store where the source can say what the tag means", async () => {
		const { digest } = source.addManifest({ schemaVersion: 2 });
		const knowing = Object.assign(source, { resolveDigest: async () => digest });
		for (let run = 0; run < 3; run++) await cachedSource(knowing, store).fetchManifest();
		const { digest: moved } = source.addManifest({ schemaVersion: 2, annotations: {} });
		Object.assign(source, { resolveDigest: async () => moved });
		expect((await cachedSource(knowing, store).fetchManifest()).descriptor.digest).toBe(moved);
		expect(source.asked).toEqual(["root", "root"]);
		Object.assign(source, { resolveDigest: async () => digest });
		await cachedSource(knowing, store).fetchManifest();
		const offline = cachedSource(source, store, { offline: true });
		expect((await offline.fetchManifest()).descriptor.digest).toBe(digest);
	});

	test("count as used when they are, so that prune keeps them with their layers", async () => {
		const { digest } = source.addManifest({ schemaVersion: 2 });
		await cachedSource(source, store).fetchManifest();
		store.touch(digest, 1000);
		await cachedSource(source, store).fetchManifest(digest);
		expect(store.list()[0]!.lastUsed).toBeGreaterThan(1000);
	});

	test("damaged ones are asked for again", async () => {
		const { digest } = source.addManifest({ schemaVersion: 2 });
		await cachedSource(source, store).fetchManifest();
		writeFileSync(join(directory, "v2/blobs/sha256", digest.slice(7)), "{}");
		expect((await cachedSource(source, store).fetchManifest(digest)).descriptor.digest).toBe(digest);
	});
});

test("a source on this machine is not copied, nor stopped by --offline", async () => {
	const local = cachedSource(Object.assign(source, { local: true }), store, { offline: true });
	const { digest } = source.addManifest({ schemaVersion: 2 });
	await local.prefetch([layer]);
	expect((await local.fetchManifest()).descriptor.digest).toBe(digest);
	expect(await read(local, layer, 9000)).toEqual(bytesOf(layer).subarray(9000));
	expect(store.list()).toEqual([]);
	await local.close();
});

describe("offline", () => {
	test("what is in the store is used, tag and digest alike", async () => {
		const { digest } = source.addManifest({ schemaVersion: 2 });
		const online = cachedSource(source, store);
		await online.fetchManifest();
		await online.prefetch([layer]);
		const asked = source.asked.length;
		Object.assign(source, { resolveDigest: () => Promise.reject(new Error("the network was asked")) });
		const offline = cachedSource(source, store, { offline: true });
		expect((await offline.fetchManifest()).descriptor.digest).toBe(digest);
		expect((await offline.fetchManifest(digest)).descriptor.digest).toBe(digest);
		expect(await read(offline, layer)).toEqual(bytesOf(layer));
		expect(source.asked).toHaveLength(asked);
		expect(source.opened).toHaveLength(1);
	});

	test("what is missing is named", async () => {
		const offline = cachedSource(source, store, { offline: true });
		await expect(offline.fetchManifest()).rejects.toMatchObject({ code: "ERR_OFFLINE" });
		await expect(read(offline, layer)).rejects.toMatchObject({
			code: "ERR_OFFLINE",
			message: `memory: read blob ${layer.digest}: not in the content store, and the network is forbidden (--offline)`,
		});
		expect([source.asked, source.opened]).toEqual([[], []]);
	});
});
