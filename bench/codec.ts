// Speed and size of the xz tiers over the blocks of a tree, against liblzma (the `xz` program
// at the preset that mksquashfs uses):
//   node dist/bench/codec.js TREE [EVERY]
// Blocks are cut as mksquashfs does: whole ones, and the rests of files put together. One in
// EVERY (default 8) is compressed. Each block goes through all tiers and liblzma in turn, so
// that what else the machine does slows all of them alike. What the balanced tier makes of them is expanded by the
// decoder and by `xz -dc` in the same way.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { createCompressor, createDecompressor, type Tier } from "../src/codec/index.js";

const BLOCK_SIZE = 131_072;
/** Blocks in one run of `xz`: starting it must not count. */
const BATCH = 64;
const tiers: readonly (readonly [string, Tier, "x86" | undefined])[] = [
	["fast", "fast", undefined],
	["balanced", "balanced", undefined],
	["best", "best", undefined],
	["fast, x86", "fast", "x86"],
	["best, x86", "best", "x86"],
];

interface Score {
	readonly name: string;
	seconds: number;
	bytes: number;
}

function* filesOf(directory: string): Generator<Buffer> {
	const entries = readdirSync(directory, { withFileTypes: true });
	for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
		const path = join(directory, entry.name);
		if (entry.isDirectory()) yield* filesOf(path);
		else if (entry.isFile()) yield readFileSync(path);
	}
}

function* blocksOf(directory: string): Generator<Buffer> {
	let rests: Buffer[] = [];
	let length = 0;
	for (const bytes of filesOf(directory)) {
		if (bytes.length >= BLOCK_SIZE) {
			for (let at = 0; at < bytes.length; at += BLOCK_SIZE) yield bytes.subarray(at, at + BLOCK_SIZE);
			continue;
		}
		if (length + bytes.length > BLOCK_SIZE) {
			yield Buffer.concat(rests);
			rests = [];
			length = 0;
		}
		rests.push(bytes);
		length += bytes.length;
	}
	if (length > 0) yield Buffer.concat(rests);
}

/** Processor seconds of this process and of children that ended. */
function measure(score: Score, run: () => number): void {
	const start = process.cpuUsage();
	score.bytes += run();
	const { user, system } = process.cpuUsage(start);
	score.seconds += (user + system) / 1e6;
}

/** Runs a command of bash over files with these contents, which it finds in "$0"; returns what it prints. */
function measureCommand(score: Score, command: string, files: readonly Uint8Array[]): Buffer {
	const directory = mkdtempSync(join(tmpdir(), "pvpkg-bench-"));
	try {
		for (const [index, bytes] of files.entries()) writeFileSync(join(directory, String(index)), bytes);
		const { stdout, stderr, status } = spawnSync("bash", ["-c", `time -p ${command}`, directory], {
			maxBuffer: 1 << 30,
		});
		if (status !== 0) throw new Error(`${command}: exit ${status}: ${stderr}`);
		const times = [...stderr.toString().matchAll(/^(?:user|sys) ([\d.]+)$/gm)];
		score.seconds += times.reduce((sum, [, seconds]) => sum + Number(seconds), 0);
		return stdout;
	} finally {
		rmSync(directory, { recursive: true });
	}
}

/** liblzma over a batch: each block is a file, so that it starts anew for each, as in mksquashfs. */
function measureLiblzma(score: Score, blocks: readonly Buffer[]): void {
	const command = `xz -6 -T1 -C crc32 --lzma2=preset=6,dict=128KiB -c "$0"/*`;
	score.bytes += measureCommand(score, command, blocks).length;
}

/** Expands what one compressor made of a batch, ours first; xz gets it four times, as starting it must not count. */
function measureDecoders(own: Score, liblzma: Score, stored: readonly Uint8Array[]): void {
	for (let round = 0; round < 4; round++) {
		measure(own, () =>
			stored.reduce((sum, block) => sum + decompressor.decompress(block, BLOCK_SIZE).length, 0),
		);
	}
	const file = Buffer.concat(stored);
	measureCommand(liblzma, `xz -dc -T1 "$0"/* > /dev/null`, [file, file, file, file]);
}

function print(total: number, scores: readonly Score[], reference: Score): void {
	console.log("encoder     MB/s/thread   ratio   size against liblzma   speed against it");
	for (const { name, seconds, bytes } of scores) {
		const speed = (total / seconds / 1e6).toFixed(1).padStart(11);
		const ratio = (bytes / total).toFixed(4).padStart(9);
		const size = `${((bytes / reference.bytes - 1) * 100).toFixed(2)} %`.padStart(15);
		console.log(
			`${name.padEnd(10)} ${speed} ${ratio} ${size} ${(reference.seconds / seconds).toFixed(2).padStart(18)}`,
		);
	}
}

const [tree, every = "8"] = process.argv.slice(2);
if (tree === undefined) throw new TypeError("usage: node dist/bench/codec.js TREE [EVERY]");
const blocks = [...blocksOf(tree)].filter((block, index) => index % Number(every) === 0 && block.length > 0);
const total = blocks.reduce((sum, block) => sum + block.length, 0);
const reference: Score = { name: "liblzma -6", seconds: 0, bytes: 0 };
const decoders: readonly [Score, Score] = [
	{ name: "ours", seconds: 0, bytes: 0 },
	{ name: "xz -dc", seconds: 0, bytes: 0 },
];
const decompressor = createDecompressor("xz", BLOCK_SIZE);
const runs = tiers.map(([name, tier, bcj]) => ({
	score: { name, seconds: 0, bytes: 0 } satisfies Score as Score,
	compressor: createCompressor({ name: "xz", tier, bcj }, BLOCK_SIZE),
}));
for (const { compressor } of runs) {
	for (const block of blocks.slice(0, 12)) {
		const stored = compressor.compress(block, "data");
		if (stored !== undefined) decompressor.decompress(stored.slice(), BLOCK_SIZE);
	}
}
// V8 optimises what was called often in other threads, whose time counts too.
await setTimeout(1000);
for (let at = 0; at < blocks.length; at += BATCH) {
	const batch = blocks.slice(at, at + BATCH);
	measureLiblzma(reference, batch);
	for (const { score, compressor } of runs) {
		const stored: Uint8Array[] = [];
		measure(score, () =>
			batch.reduce((sum, block) => {
				const bytes = compressor.compress(block, "data");
				if (bytes !== undefined) stored.push(bytes.slice());
				return sum + (bytes?.length ?? block.length);
			}, 0),
		);
		if (score.name === "balanced") measureDecoders(...decoders, stored);
	}
}
print(total, [...runs.map(({ score }) => score), reference], reference);
const [own, liblzma] = decoders;
for (const { name, seconds } of decoders) {
	console.log(`decoder, ${name.padEnd(7)} ${(own.bytes / seconds / 1e6).toFixed(1)} MB/s/thread`);
}
console.log(`speed against xz -dc: ${(liblzma.seconds / own.seconds).toFixed(2)}`);
