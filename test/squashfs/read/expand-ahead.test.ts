import { setTimeout } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { createCompressor, ExpandAhead } from "../../../src/codec/index.js";
import { bufferContent, type Content, contentBytes, sha256Hex } from "../../../src/ground/bytes/index.js";
import { isWorthThreads } from "../../../src/squashfs/read/blocks-ahead.js";
import { openImage, type SquashfsImage } from "../../../src/squashfs/read/index.js";
import { mixture, noise, text } from "../../support/block-samples.js";
import { directory, file } from "../../support/inodes.js";
import { imageBytes } from "../../support/squashfs-images.js";

const MEGABYTE = 1 << 20;

function filesOf(image: SquashfsImage): Content[] {
	return [...image.entries()].flatMap((entry) => (entry.kind === "file" ? [entry.content] : []));
}

const digestsOf = (contents: readonly Content[]) =>
	contents.map((content) => sha256Hex(contentBytes(content)));

describe("contents whose blocks other threads expand", async () => {
	const tree = {
		root: directory({
			a: file(mixture(5 * MEGABYTE, 1)),
			b: file(Buffer.concat([new Uint8Array(300_000), noise(700_000, 2)])),
			...Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`small${i}`, file(text(30_000, i))])),
			z: file(mixture(6 * MEGABYTE, 3)),
		}),
	};
	const bytes = await imageBytes(tree, { compressor: { name: "xz", tier: "fast" } });
	const plain = digestsOf(filesOf(openImage(bufferContent(bytes))));

	let ahead: { close(): void } | undefined;
	afterEach(() => ahead?.close());

	function open(
		stored: Uint8Array = bytes,
		order: (contents: Content[]) => readonly Content[] = (all) => all,
	) {
		const image = openImage(bufferContent(stored));
		const contents = filesOf(image);
		ahead = image.expandAhead(order(contents));
		return contents;
	}

	test("are the same in the order that was announced, and when they are read again", () => {
		const contents = open();
		expect(digestsOf(contents)).toEqual(plain);
		expect(digestsOf(contents)).toEqual(plain);
	});

	test("are the same in another order, and where some are left out", () => {
		const contents = open();
		const [last, first] = [contents.length - 1, 0];
		expect(digestsOf([contents[5]!, contents[last]!, contents[first]!])).toEqual([
			plain[5],
			plain[last],
			plain[first],
		]);
	});

	test("are the same where only some were announced, and in part", () => {
		const contents = open(bytes, (all) => all.slice(-1));
		expect(digestsOf(contents)).toEqual(plain);
		const part = Buffer.alloc(10);
		contents.at(-1)!.read(part, 3 * MEGABYTE);
		expect(part).toEqual(
			Buffer.from(contentBytes(contents.at(-1)!)).subarray(3 * MEGABYTE, 3 * MEGABYTE + 10),
		);
	});

	test("are the same where stretches were announced, some of another image", () => {
		const [image, other] = [openImage(bufferContent(bytes)), openImage(bufferContent(bytes))];
		const [contents, others] = [filesOf(image), filesOf(other)];
		const ends = contents.flatMap((content) => [
			{ content, position: 0, size: Math.min(64, content.size) },
			{ content, position: Math.max(0, content.size - 4096), size: Math.min(4096, content.size) },
		]);
		ahead = image.expandAhead([...others, ...ends, bufferContent(new Uint8Array(9))]);
		const read = ends.map(({ content, position, size }) => {
			const part = Buffer.alloc(size);
			content.read(part, position);
			return part;
		});
		const expected = ends.map(({ content, position, size }) =>
			Buffer.from(contentBytes(others[contents.indexOf(content)]!)).subarray(position, position + size),
		);
		expect(Buffer.concat(read).equals(Buffer.concat(expected))).toBe(true);
	});

	test("are the same once the threads are closed", () => {
		const contents = open();
		contents[0]!.read(Buffer.alloc(200_000), 0);
		ahead!.close();
		expect(digestsOf(contents)).toEqual(plain);
	});

	test("fail where they are damaged, with the reader's own error", () => {
		const damaged = Buffer.from(bytes);
		const found = [...openImage(bufferContent(bytes)).entries()].find(({ path }) => path === "z");
		const { start, length } = found?.kind === "file" ? found.content.stored() : { start: 0, length: 0 };
		damaged[start + Math.floor(length / 2)]! ^= 1;
		const messageOf = (contents: readonly Content[]) => {
			try {
				digestsOf(contents);
				return "";
			} catch (error) {
				return (error as Error).message;
			}
		};
		const expected = messageOf(filesOf(openImage(bufferContent(damaged))));
		expect(expected).toMatch(/^squashfs image: data block at \d+: expand: /);
		expect(messageOf(open(damaged))).toBe(expected);
	});
});

test("threads are not started for little, nor on one processor", () => {
	expect(isWorthThreads("xz", MEGABYTE, 4)).toBe(false);
	expect(isWorthThreads("xz", 100 * MEGABYTE, 4)).toBe(true);
	expect(isWorthThreads("lz4", 20 * MEGABYTE, 4)).toBe(false);
	expect(isWorthThreads("xz", 100 * MEGABYTE, 1)).toBe(false);
});

test("threads that have ended leave the work to the caller", async () => {
	const threads = new ExpandAhead("xz", 131_072, 2);
	await threads.close();
	expect(threads.hasRoom).toBe(false);
});

test("threads expand what they are handed, and nothing of what is damaged", async () => {
	const compressor = createCompressor({ name: "xz", tier: "fast" }, 131_072);
	const blocks = [text(131_072, 1), mixture(131_072, 2), text(5000, 3)];
	const stored = blocks.map((block) => Uint8Array.from(compressor.compress(block, "data")!));
	const damaged = Uint8Array.from(stored[0]!);
	damaged[damaged.length >> 1]! ^= 1;
	const threads = new ExpandAhead("xz", 131_072, 2);
	try {
		// Until they are up, they are not waited for.
		const isUp = () => threads.hasRoom && threads.take(threads.hand(stored[2]!)) !== undefined;
		while (!isUp()) await setTimeout(20);
		const tickets: number[] = [];
		for (const block of [...stored, damaged]) {
			while (!threads.hasRoom) await setTimeout(5);
			tickets.push(threads.hand(block));
		}
		const expanded = tickets.map((ticket) => threads.take(ticket));
		expect(expanded.slice(0, 3).map((block) => block && sha256Hex(block))).toEqual(blocks.map(sha256Hex));
		expect(expanded[3]).toBeUndefined();
		threads.abandon(threads.hand(stored[0]!));
		for (let round = 0; round < 40; round++) {
			while (!threads.hasRoom) await setTimeout(5);
			expect(threads.take(threads.hand(stored[2]!))).toHaveLength(5000);
		}
	} finally {
		await threads.close();
	}
});
