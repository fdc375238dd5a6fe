import { execFileSync, spawnSync } from "node:child_process";
import {
	cpSync,
	lstatSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Tier } from "../src/codec/index.js";
import { buildReleases } from "../src/flows/index.js";
import type { Platform } from "../src/image/oci/index.js";
import { CountingShared } from "../test/support/counting-shared.js";
import { LayoutDirectory } from "../test/support/layout-directory.js";
import { RunPlace } from "../test/support/memory-run.js";
import type { ProcessTime } from "./main-time.js";
import { machine, median } from "./measure.js";

// What `pvpkg build` of six platforms of one image takes, as a share of what their distinct content takes: an image
// of one platform that consists of the same seven layers, so that each is unpacked once and what files have in common
// is compressed once. Each platform is made of TREE by changing its programs; a layer on top is the same for all.
//   node dist/bench/platforms.js ROUNDS TREE [TIER]

const CLI = fileURLToPath(new URL("../program/cli/main.js", import.meta.url));
const PRELOAD = fileURLToPath(new URL("./main-time.js", import.meta.url));
const PLATFORMS: readonly Platform[] = [
	{ os: "linux", architecture: "amd64" },
	{ os: "linux", architecture: "arm64" },
	{ os: "linux", architecture: "arm", variant: "v7" },
	{ os: "linux", architecture: "arm", variant: "v6" },
	{ os: "linux", architecture: "386" },
	{ os: "linux", architecture: "riscv64" },
];
/** Names of the layer that all platforms share. */
const SHARED = ["srv", "opt"];
/** A byte of so many is another one on another platform. */
const CHANGED_OF = 61;
const ELF = Buffer.from("\x7fELF", "latin1");

function* filesOf(directory: string): Generator<string> {
	for (const name of readdirSync(directory)) {
		const path = join(directory, name);
		const state = lstatSync(path);
		if (state.isDirectory()) yield* filesOf(path);
		else if (state.isFile() && state.nlink === 1) yield path;
	}
}

/** Changes every program of a tree into one that another platform might have: of the same size, otherwise compressed. */
function changePrograms(tree: string, seed: number): void {
	for (const path of filesOf(tree)) {
		const bytes = readFileSync(path);
		if (!bytes.subarray(0, 4).equals(ELF)) continue;
		for (let at = 64 + seed; at < bytes.length; at += CHANGED_OF) bytes[at] = (bytes[at]! + 17 * seed) & 0xff;
		writeFileSync(path, bytes);
	}
}

function archive(directory: string, ...names: readonly string[]): Buffer {
	const order = ["--sort=name", "--mtime=@0", "--numeric-owner"];
	return execFileSync("tar", ["-C", directory, ...order, "-cf", "-", ...names], { maxBuffer: 2 ** 31 });
}

/** Copies TREE without its shared layer, with the programs of a platform. */
function platformTree(tree: string, place: string, seed: number): string {
	const copy = join(place, `tree-${seed}`);
	cpSync(tree, copy, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
	if (seed > 0) changePrograms(copy, seed);
	return copy;
}

/** Makes the layout of six platforms, tag 1, and of their distinct content on the first one, tag 2. */
function makeImages(tree: string, place: string): string {
	const layout = new LayoutDirectory(join(place, "layout"));
	const shared = join(place, "shared");
	for (const name of SHARED) mkdirSync(join(shared, name), { recursive: true });
	cpSync(join(tree, "usr/share/doc"), join(shared, "srv/doc"), { recursive: true, verbatimSymlinks: true });
	const top = { archive: archive(shared, ...SHARED), compression: "gzip" } as const;
	const bases: { archive: Buffer; compression: "gzip" }[] = [];
	const images = PLATFORMS.map((platform, seed) => {
		const own = platformTree(tree, place, seed);
		const base = { archive: archive(own, "."), compression: "gzip" } as const;
		const below = ["--transform", `s,^\\.,platform-${seed},`, "."];
		bases.push({ archive: archive(own, ...below), compression: "gzip" });
		rmSync(own, { recursive: true });
		return layout.addImage(platform, [base, top]);
	});
	layout.tag("1", images);
	const six = readFileSync(join(layout.directory, "index.json"), "utf8");
	layout.tag("2", [layout.addImage(PLATFORMS[0]!, [...bases, top])]);
	const one = readFileSync(join(layout.directory, "index.json"), "utf8");
	const manifests = [six, one].flatMap((text) => JSON.parse(text).manifests);
	writeFileSync(join(layout.directory, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
	return layout.directory;
}

function makeProject(place: string, name: string, image: string, platforms: readonly Platform[]): string {
	const project = join(place, name);
	mkdirSync(project);
	const names = platforms.map(({ os, architecture, variant }) =>
		[os, architecture, variant].filter((part) => part !== undefined).join("/"),
	);
	const install = [CLI, "install", "--quiet", "-p", names.join(","), image, "app"];
	execFileSync(process.execPath, install, { cwd: project, stdio: "inherit" });
	return project;
}

/** Builds a project, and prints what it took. @param labels all of the project where there are none. */
function build(project: string, tier: string, labels: readonly string[]): ProcessTime {
	const report = join(project, "time");
	const options = ["--no-sign", "--no-cache", "--quiet", "--allow-arch-mismatch", "--tier", tier];
	const run = spawnSync(process.execPath, ["--import", PRELOAD, CLI, "build", ...options, ...labels], {
		cwd: project,
		env: {
			...process.env,
			PVPKG_BENCH_TIME: report,
			PACKAGE_NAME: "app",
			PACKAGE_VERSION: "1",
			BUILD_VERSION: "1",
		},
	});
	if (run.status !== 0) throw new Error(`build: ${run.stderr}`);
	return JSON.parse(readFileSync(report, "utf8")) as ProcessTime;
}

/** Builds all platforms in this process, and returns what was compressed, in bytes, and how much of it was new. */
async function countBytes(project: string, choice: string): Promise<{ all: number; distinct: number }> {
	const runs = new RunPlace();
	const shared = new CountingShared({ registry: { env: {} } });
	try {
		const bare = { cacheDirectory: undefined, cacheKey: undefined, allowArchMismatch: true, jobs: undefined };
		const settings = runs.settings(() => undefined, { ...bare, shared, tier: choice as Tier });
		await buildReleases({ directory: project, packageName: (label) => `app.${label}.tgz` }, settings);
		return { all: shared.bytes, distinct: shared.distinctBytes };
	} finally {
		await shared.close();
		runs.remove();
	}
}

function row(name: string, times: readonly ProcessTime[]): string {
	const of = (key: keyof ProcessTime): number => median(times.map((time) => time[key]));
	return `| ${name} | ${of("all").toFixed(2)} | ${of("main").toFixed(2)} |`;
}

const [rounds = "3", tree, tier = "balanced"] = process.argv.slice(2);
if (tree === undefined) throw new Error("expected a tree");
const place = mkdtempSync(join(process.env.PVPKG_BENCH_PLACE ?? tmpdir(), "pvpkg-bench-platforms-"));
try {
	const layout = makeImages(tree, place);
	const six = makeProject(place, "six", `oci:${layout}:1`, PLATFORMS);
	const distinct = makeProject(place, "distinct", `oci:${layout}:2`, PLATFORMS.slice(0, 1));
	const times: { one: ProcessTime; all: ProcessTime; distinct: ProcessTime }[] = [];
	for (let round = 0; round < Number(rounds); round++) {
		times.push({
			one: build(six, tier, ["amd64"]),
			all: build(six, tier, []),
			distinct: build(distinct, tier, []),
		});
	}
	console.log(`${machine()}, ${tier}\n\n| | cpu s | main, cpu s |\n|---|---|---|`);
	console.log(
		row(
			"one platform",
			times.map(({ one }) => one),
		),
	);
	console.log(
		row(
			"six platforms",
			times.map(({ all }) => all),
		),
	);
	console.log(
		row(
			"their distinct content",
			times.map((time) => time.distinct),
		),
	);
	const ratio = median(times.map(({ all, distinct: once }) => all.all / once.all));
	console.log(`\nsix platforms: ${ratio.toFixed(3)} of their distinct content`);
	const { all, distinct: once } = await countBytes(six, tier);
	console.log(`compressed: ${(all / 1e6).toFixed(1)} MB, of them distinct: ${(once / 1e6).toFixed(1)} MB`);
} finally {
	rmSync(place, { recursive: true, force: true });
}
