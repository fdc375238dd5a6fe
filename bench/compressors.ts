import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Measurement, machine, measure, median } from "./measure.js";

// `pvpkg mksquashfs` against `mksquashfs` with the same compressor and level, in turns, blocks of
// 128 KiB; prints a Markdown table for each tree. Ratios are medians of each round's ratio.
//   node dist/bench/compressors.js ROUNDS TREE...

const CLI = fileURLToPath(new URL("../program/cli/main.js", import.meta.url));
const BLOCK = ["-b", "131072"];
const ZSTD_LEVELS = [1, 3, 6, 9, 12, 15, 19];
const CHOICES: readonly (readonly string[])[] = [
	["-comp", "lz4"],
	["-comp", "lz4", "-Xhc"],
	...ZSTD_LEVELS.map((level) => ["-comp", "zstd", "-Xcompression-level", String(level)]),
	["-comp", "gzip"],
	["-comp", "xz"],
	["-comp", "xz", "-Xbcj", "x86"],
];

interface Pair {
	readonly ours: Measurement;
	readonly theirs: Measurement;
	/** Size of our image as a share of theirs. */
	readonly size: number;
}

/** Makes an image of `tree` with both programs, theirs first. */
function runPair(tree: string, choice: readonly string[], image: string): Pair {
	const flags = [...choice, ...BLOCK];
	const quiet = ["-noappend", "-no-xattrs", "-no-progress", "-quiet"];
	const [theirs, theirSize] = runOne(["mksquashfs", tree, image, ...flags, ...quiet], image);
	const command = [process.execPath, CLI, "mksquashfs", "--quiet", "--no-cache", `dir:${tree}`, image];
	const [ours, ourSize] = runOne([...command, ...flags], image);
	return { ours, theirs, size: ourSize / theirSize };
}

function runOne(command: readonly string[], image: string): [Measurement, number] {
	const measurement = measure(command);
	const { size } = statSync(image);
	rmSync(image);
	return [measurement, size];
}

function row(choice: readonly string[], pairs: readonly Pair[]): string {
	const ratio = (key: "wall" | "cpu"): string =>
		median(pairs.map(({ ours, theirs }) => ours[key] / theirs[key])).toFixed(2);
	const seconds = (who: "ours" | "theirs"): string => median(pairs.map((pair) => pair[who].cpu)).toFixed(2);
	const cells = [
		choice.slice(1).join(" "),
		ratio("wall"),
		ratio("cpu"),
		pairs[0]!.size.toFixed(3),
		seconds("ours"),
		seconds("theirs"),
	];
	return `| ${cells.join(" | ")} |`;
}

function runTree(tree: string, rounds: number): void {
	console.log(`\n### ${basename(tree)}\n`);
	console.log("| compressor | time | processor time | size | ours, cpu s | mksquashfs, cpu s |");
	console.log("|---|---|---|---|---|---|");
	const place = mkdtempSync(join(tmpdir(), "pvpkg-bench-compressors-"));
	try {
		for (const choice of CHOICES) {
			const pairs = Array.from({ length: rounds }, () =>
				runPair(tree, choice, join(place, "image.squashfs")),
			);
			console.log(row(choice, pairs));
		}
	} finally {
		rmSync(place, { recursive: true });
	}
}

const [rounds = "3", ...trees] = process.argv.slice(2);
if (trees.length === 0) throw new TypeError("usage: node dist/bench/compressors.js ROUNDS TREE...");
console.log(machine());
for (const tree of trees) runTree(tree, Number(rounds));
