import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createBlockPool } from "../src/codec/index.js";
import { readRootfsDirectory } from "../src/image/sources/rootfs-directory.js";
import { DEFAULT_IMAGE_OPTIONS, type ImageOptions } from "../src/squashfs/format/index.js";
import { writeSquashfs } from "../src/squashfs/write/index.js";
import { type Chain, chainSeconds, measureChain } from "./chain.js";
import { type ProcessTime, processTime } from "./main-time.js";
import { machine, median } from "./measure.js";
import { SLEEPING_MODULE } from "./sleeping-compressor.js";

// What the main thread of `pvpkg mksquashfs` takes of the processor time of all threads, and how much faster more
// cores would make it, by an encoder that sleeps as long as xz balanced works, so that few cores suffice to see: by
// the clock, and by calculation from what has to wait for what, as all else that workers do needs cores of its own.
//   node dist/bench/scaling.js ROUNDS TREE...

const CLI = fileURLToPath(new URL("../program/cli/main.js", import.meta.url));
const PRELOAD = fileURLToPath(new URL("./main-time.js", import.meta.url));
const CHOICES = ["-comp xz --tier fast", "-comp xz", "-comp zstd -Xcompression-level 3", "-comp lz4"];
const WORKERS = [1, 4, 8, 16, 32];

interface Sleep {
	/** Seconds on the clock, from the listing to the last table. */
	readonly wall: number;
	readonly inodes: number;
	readonly time: ProcessTime;
}

/** Makes an image with sleeping workers, in a process of its own. */
function measureSleep(tree: string, workers: number): Sleep {
	const run = spawnSync(process.execPath, [fileURLToPath(import.meta.url), "--sleep", tree, String(workers)]);
	if (run.status !== 0) throw new Error(`${workers} workers: ${run.stderr}`);
	return JSON.parse(run.stdout.toString()) as Sleep;
}

async function sleepHere(tree: string, workers: number): Promise<void> {
	const options: ImageOptions = DEFAULT_IMAGE_OPTIONS;
	const { compressor, blockSize } = options;
	const place = mkdtempSync(join(tmpdir(), "pvpkg-bench-scaling-"));
	const pool = createBlockPool({ compressor, blockSize, jobs: workers, compressorModule: SLEEPING_MODULE });
	try {
		const start = performance.now();
		const root = await readRootfsDirectory(tree);
		const { inodes } = await writeSquashfs(root, join(place, "image"), options, { pool });
		const wall = (performance.now() - start) / 1000;
		console.log(JSON.stringify({ wall, inodes, time: processTime() } satisfies Sleep));
	} finally {
		await pool.close();
		rmSync(place, { recursive: true });
	}
}

/** What has to wait for what, in a process of its own. */
function measureChainAside(tree: string): Chain {
	const run = spawnSync(process.execPath, [fileURLToPath(import.meta.url), "--chain", tree]);
	if (run.status !== 0) throw new Error(`chain: ${run.stderr}`);
	return JSON.parse(run.stdout.toString()) as Chain;
}

function printChain(tree: string, rounds: number): void {
	const chains = Array.from({ length: rounds }, () => measureChainAside(tree));
	const phase = (key: keyof Chain): number => median(chains.map((chain) => chain[key]));
	const names = ["listing", "sampling", "grouping", "blocks", "fragments", "end", "main"] as const;
	console.log(`| one worker, s | ${names.join(" | ")} |\n|---|${"---|".repeat(names.length)}`);
	console.log(`| | ${names.map((name) => phase(name).toFixed(2)).join(" | ")} |\n`);
	console.log("| workers, by calculation | s | speed-up |\n|---|---|---|");
	for (const workers of WORKERS) {
		const seconds = median(chains.map((chain) => chainSeconds(chain, workers)));
		const speedUp = median(chains.map((chain) => chainSeconds(chain, 1) / chainSeconds(chain, workers)));
		console.log(`| ${workers} | ${seconds.toFixed(2)} | ${speedUp.toFixed(1)} |`);
	}
}

function measureThreads(tree: string, options: string): ProcessTime {
	const place = mkdtempSync(join(tmpdir(), "pvpkg-bench-scaling-"));
	const report = join(place, "time");
	const command = ["--import", PRELOAD, CLI, "mksquashfs", "--quiet", "--no-cache", `dir:${tree}`];
	try {
		const run = spawnSync(process.execPath, [...command, join(place, "image"), ...options.split(" ")], {
			env: { ...process.env, PVPKG_BENCH_TIME: report },
		});
		if (run.status !== 0) throw new Error(`${options}: ${run.stderr}`);
		return JSON.parse(readFileSync(report, "utf8")) as ProcessTime;
	} finally {
		rmSync(place, { recursive: true });
	}
}

function medianOf(times: readonly ProcessTime[], key: keyof ProcessTime): number {
	return median(times.map((time) => time[key]));
}

function printThreads(tree: string, inodes: number, rounds: number): void {
	console.log(
		"| | main, cpu s | all threads, cpu s | share | main, µs an inode | memory, MB | bytes an inode |",
	);
	console.log("|---|---|---|---|---|---|---|");
	for (const options of CHOICES) {
		const times = Array.from({ length: rounds }, () => measureThreads(tree, options));
		const [main, all, memory] = [medianOf(times, "main"), medianOf(times, "all"), medianOf(times, "memory")];
		const share = `${(100 * median(times.map((time) => time.main / time.all))).toFixed(1)} %`;
		const cells = [main.toFixed(2), all.toFixed(2), share, ((main / inodes) * 1e6).toFixed(1)];
		console.log(
			`| ${options} | ${cells.join(" | ")} | ${(memory / 1e6).toFixed(0)} | ${(memory / inodes).toFixed(0)} |`,
		);
	}
}

function printScaling(tree: string, rounds: number): number {
	console.log("| workers that sleep | s | speed-up | main, cpu s |\n|---|---|---|---|");
	let [first, inodes] = [0, 0];
	for (const workers of WORKERS) {
		const sleeps = Array.from({ length: rounds }, () => measureSleep(tree, workers));
		const wall = median(sleeps.map((sleep) => sleep.wall));
		first ||= wall;
		inodes = sleeps[0]!.inodes;
		const main = median(sleeps.map(({ time }) => time.main));
		console.log(`| ${workers} | ${wall.toFixed(2)} | ${(first / wall).toFixed(1)} | ${main.toFixed(2)} |`);
	}
	return inodes;
}

const [first = "3", ...rest] = process.argv.slice(2);
if (first === "--sleep") {
	await sleepHere(rest[0]!, Number(rest[1]));
} else if (first === "--chain") {
	console.log(JSON.stringify(await measureChain(rest[0]!)));
} else {
	console.log(machine());
	for (const tree of rest) {
		console.log(`\n### ${basename(tree)}\n`);
		const inodes = printScaling(tree, Number(first));
		console.log();
		printChain(tree, Number(first));
		console.log();
		printThreads(tree, inodes, Number(first));
	}
}
