import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { copyChanged } from "./changed-tree.js";
import { type Measurement, measure, median } from "./measure.js";

// `pvpkg mksquashfs` against mksquashfs and tar2sqfs on real trees, all with blocks of 128 KiB, in
// rounds, as the machine's speed changes; prints a Markdown table of medians for each tree.
//   node dist/bench/squashfs.js ROUNDS TREE...
// Time is on the clock; processor time beside it, because it says more on a machine that is busy.

const CLI = fileURLToPath(new URL("../program/cli/main.js", import.meta.url));
const BLOCK = ["-b", "131072"];
const CHANGED_SHARE = 0.02;

interface Contender {
	readonly name: string;
	/** Prepares and runs it; the image lies at `image` afterwards. */
	run(image: string): Measurement;
}

interface Row {
	readonly name: string;
	readonly measurements: Measurement[];
	size: number;
}

function mksquashfs(tree: string, ...options: readonly string[]): Contender {
	const flags = [...BLOCK, "-noappend", "-no-xattrs", "-no-progress", "-quiet"];
	return {
		name: `mksquashfs ${options.join(" ")}`,
		run: (image) => measure(["mksquashfs", tree, image, ...options, ...flags]),
	};
}

function tar2sqfs(tree: string, place: string): Contender {
	const tar = join(place, "tree.tar");
	spawnSync("tar", ["-C", tree, "--exclude=./dev/*", "-cf", tar, "."]);
	return {
		name: "tar2sqfs -c xz",
		run: (image) => measure(["tar2sqfs", "-q", "-f", "-x", "-c", "xz", ...BLOCK, image], tar),
	};
}

function pvpkg(tree: string, options: readonly string[], place = ["--no-cache"]): Contender {
	const command = [process.execPath, CLI, "mksquashfs", "--quiet", ...place, `dir:${tree}`];
	return {
		name: `pvpkg ${options.join(" ")}`,
		run: (image) => measure([...command, image, ...options, ...BLOCK]),
	};
}

/** A run over a cache that a run over `before` has filled. */
function cached(
	name: string,
	before: string,
	tree: string,
	options: readonly string[],
	place: string,
): Contender {
	const filled = join(place, `filled-${options.join("")}`);
	const used = join(place, "used");
	return {
		name: `pvpkg ${options.join(" ")}, ${name}`,
		run(image) {
			pvpkg(before, options, ["--cache-dir", filled]).run(image);
			rmSync(used, { recursive: true, force: true });
			cpSync(filled, used, { recursive: true });
			return pvpkg(tree, options, ["--cache-dir", used]).run(image);
		},
	};
}

function contenders(tree: string, changed: string, place: string): Contender[] {
	const tiers = ["fast", "balanced", "best"].map((tier) => ["-comp", "xz", "--tier", tier]);
	return [
		mksquashfs(tree, "-comp", "xz"),
		mksquashfs(tree, "-comp", "gzip"),
		...tiers.map((options) => pvpkg(tree, options)),
		...tiers.map((options) => pvpkg(tree, [...options, "-Xbcj", "x86"])),
		cached("unchanged tree again", tree, tree, tiers[1]!, place),
		cached("2 % of the bytes changed", tree, changed, tiers[1]!, place),
		pvpkg(tree, ["-comp", "gzip"]),
		pvpkg(tree, ["-comp", "zstd"]),
		mksquashfs(tree, "-comp", "xz", "-Xbcj", "x86"),
		mksquashfs(tree, "-comp", "zstd"),
		tar2sqfs(tree, place),
	];
}

function runTree(tree: string, rounds: number): void {
	const place = mkdtempSync(join(tmpdir(), "pvpkg-bench-squashfs-"));
	try {
		const changed = join(place, "changed");
		const files = copyChanged(tree, changed, CHANGED_SHARE);
		const list = contenders(tree, changed, place);
		const rows = list.map(({ name }): Row => ({ name, measurements: [], size: 0 }));
		for (let round = 0; round < rounds; round++) {
			for (const [i, contender] of list.entries()) {
				const image = join(place, "image.squashfs");
				rows[i]!.measurements.push(contender.run(image));
				rows[i]!.size = statSync(image).size;
				rmSync(image);
			}
		}
		console.log(`\n### ${basename(tree)} (2 % changed: ${files} files)\n`);
		printTable(rows);
	} finally {
		rmSync(place, { recursive: true });
	}
}

/** Ratios are medians of the ratios of each round. */
function printTable(rows: readonly Row[]): void {
	const [xz, gzip] = rows as [Row, Row];
	const ratio = (row: Row, other: Row, key: "wall" | "cpu"): string =>
		median(row.measurements.map((run, i) => run[key] / other.measurements[i]![key])).toFixed(3);
	console.log(
		"| | s | cpu s | MB | memory MB | time / xz | cpu / xz | size / xz | time / gzip | size / gzip |",
	);
	console.log("|---|---|---|---|---|---|---|---|---|---|");
	for (const row of rows) {
		const typical = (key: keyof Measurement): number => median(row.measurements.map((run) => run[key]));
		const cells = [
			row.name,
			typical("wall").toFixed(2),
			typical("cpu").toFixed(2),
			(row.size / 1e6).toFixed(2),
			(typical("memory") / 1e6).toFixed(0),
			ratio(row, xz, "wall"),
			ratio(row, xz, "cpu"),
			(row.size / xz.size).toFixed(4),
			ratio(row, gzip, "wall"),
			(row.size / gzip.size).toFixed(4),
		];
		console.log(`| ${cells.join(" | ")} |`);
	}
}

function version(program: string, flag: string): string {
	const { stdout } = spawnSync(program, [flag], { encoding: "utf8" });
	return /\d+\.\d+(\.\d+)?/.exec(stdout ?? "")?.[0] ?? "absent";
}

const [rounds = "3", ...trees] = process.argv.slice(2);
console.log(`${availableParallelism()} of ${cpus().length} × ${cpus()[0]?.model}; Node ${process.version},`);
console.log(
	`mksquashfs ${version("mksquashfs", "-version")}, tar2sqfs ${version("tar2sqfs", "--version")}; ${rounds} rounds`,
);
for (const tree of trees) runTree(tree, Number(rounds));
