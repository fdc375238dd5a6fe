import type { Content } from "../../src/ground/bytes/index.js";
import type { RootfsTree } from "../../src/image/rootfs/index.js";
import { openImage } from "../../src/squashfs/read/index.js";
import { device, directory, file, ipc, noise, symlink } from "./inodes.js";

/** A small image's tree with something of everything that a reader has to follow. */
export function sampleTree(): RootfsTree {
	const shared = file("shared", { uid: 5 });
	const crowd = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`name-${i}`, symlink(`to-${i}`)]));
	const long = new Uint8Array(300).fill(65);
	const values = { xattrs: { "user.a": long, "security.b": Buffer.from("b"), "trusted.c": long } };
	return {
		root: directory({
			a: directory({ shared, deep: directory({ deeper: directory({ link: shared }) }) }, values),
			crowd: directory(crowd),
			block: file(noise(4096, 1)),
			blocks: file(Buffer.concat([noise(9000, 2), new Uint8Array(9000), noise(100, 3)]), values),
			tail: file("a tail", { xattrs: { "user.a": long } }),
			empty: file(""),
			disk: device("block-device", 8, 1),
			pipe: ipc("fifo"),
		}),
	};
}

/** What reading a whole image came to. */
export interface ReadCount {
	readonly entries: number;
	readonly bytes: number;
}

/** Reads every entry, its attributes, and up to `limit` bytes of files: the start and the end of each. */
export function readAll(content: Content, limit: number): ReadCount {
	let [entries, bytes] = [0, 0];
	for (const entry of openImage(content).entries()) {
		entries++;
		if (entry.kind !== "file" || entry.content.size === 0) continue;
		for (const position of new Set([0, entry.content.size - 1])) {
			const size = Math.min(entry.content.size - position, Math.max(limit - bytes, 1));
			entry.content.read(new Uint8Array(size), position);
			bytes += size;
		}
	}
	return { entries, bytes };
}

/** Numbers from a seed, the same everywhere: 0 <= n < 2^32. */
export function* randomNumbers(seed: number): Generator<number, never> {
	let state = seed >>> 0;
	for (;;) {
		state = (state + 0x6d2b79f5) >>> 0;
		let n = Math.imul(state ^ (state >>> 15), state | 1);
		n ^= n + Math.imul(n ^ (n >>> 7), n | 61);
		yield (n ^ (n >>> 14)) >>> 0;
	}
}

const EXTREMES = [0, 1, 0x7f, 0x80, 0xff, 0xfe];

/** A copy with a few bytes or fields changed, or cut. */
export function mutate(image: Uint8Array, random: Generator<number, never>): Buffer {
	const next = (limit: number) => random.next().value % limit;
	const copy = Buffer.from(image);
	for (let i = 1 + next(4); i > 0; i--) {
		// The superblock and the tables at the end are worth more attempts than data.
		const at = next(4) === 0 ? next(96) : next(copy.length);
		if (next(2) === 0) copy[at] = EXTREMES[next(EXTREMES.length)]!;
		else if (next(4) === 0 && at + 4 <= copy.length) copy.writeUInt32LE(next(2 ** 32), at);
		else copy[at]! ^= 1 << next(8);
	}
	return next(20) === 0 ? copy.subarray(0, next(copy.length)) : copy;
}
