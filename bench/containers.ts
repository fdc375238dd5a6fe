import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Platform } from "../src/image/oci/index.js";
import { LayoutDirectory, type LayoutLayer } from "../test/support/layout-directory.js";
import { tarball } from "../test/support/tar-builder.js";
import type { ProcessTime } from "./main-time.js";
import { machine, median } from "./measure.js";

// What `pvpkg build` of 25, 50 and 100 containers on two bases takes, without a cache: each has a base of two layers,
// cut out of TREE, and a layer of one file. In turns with another version, where one is given.
//   node dist/bench/containers.js ROUNDS TREE [OTHER/dist/program/cli/main.js]

const CLI = fileURLToPath(new URL("../program/cli/main.js", import.meta.url));
const PRELOAD = fileURLToPath(new URL("./main-time.js", import.meta.url));
const PLATFORM: Platform = { os: "linux", architecture: "amd64" };
/** The largest first: smaller projects are what is left of it. */
const COUNTS: readonly number[] = [100, 50, 25];
/** The two layers of each base: 3 to 10 MB, 1,300 to 2,000 files. */
const BASES: readonly (readonly (readonly string[])[])[] = [
	[["etc", "usr/share/zoneinfo"], ["var/lib/dpkg"]],
	[["usr/share/man"], ["usr/share/doc"]],
];

function archive(tree: string, names: readonly string[]): Buffer {
	const order = ["--sort=name", "--mtime=@0", "--numeric-owner"];
	return execFileSync("tar", ["-C", tree, ...order, "-cf", "-", ...names], { maxBuffer: 2 ** 31 });
}

/** Makes a project of containers, each of which is on one of the two bases. */
function makeProject(tree: string, place: string, count: number): string {
	const project = join(place, "project");
	mkdirSync(project);
	const bases = BASES.map((layers) =>
		layers.map((names): LayoutLayer => ({ archive: archive(tree, names), compression: "gzip" })),
	);
	for (let i = 0; i < count; i++) {
		const layout = new LayoutDirectory(join(place, `layout-${i}`));
		const own = tarball({ path: "srv/serve", body: `${i} `.repeat(500), mode: 0o755 });
		layout.tag("1", [layout.addImage(PLATFORM, [...bases[i % bases.length]!, { archive: own }])]);
		const install = [CLI, "install", "--quiet", "-p", "linux/amd64", `oci:${layout.directory}:1`, `app-${i}`];
		execFileSync(process.execPath, install, { cwd: project, stdio: "ignore" });
	}
	return project;
}

/** Removes all containers of a project but the first ones. */
function keepContainers(project: string, count: number): void {
	const directory = join(project, "pvpkg/amd64");
	for (const name of readdirSync(directory)) {
		if (Number(name.replace("app-", "")) >= count) rmSync(join(directory, name), { recursive: true });
	}
}

function build(cli: string, project: string): ProcessTime {
	const report = join(project, "time");
	const options = ["--no-sign", "--no-cache", "--quiet", "--allow-arch-mismatch", "--tier", "fast"];
	rmSync(join(project, "releases"), { recursive: true, force: true });
	const names = { PACKAGE_NAME: "app", PACKAGE_VERSION: "1", BUILD_VERSION: "1" };
	const run = spawnSync(process.execPath, ["--import", PRELOAD, cli, "build", ...options], {
		cwd: project,
		env: { ...process.env, PVPKG_BENCH_TIME: report, ...names },
	});
	if (run.status !== 0) throw new Error(`build: ${run.stderr}`);
	return JSON.parse(readFileSync(report, "utf8")) as ProcessTime;
}

function row(name: string, times: readonly ProcessTime[]): string {
	const of = (key: keyof ProcessTime): number => median(times.map((time) => time[key]));
	const [all, main, memory] = [of("all"), of("main"), of("memory") / 1e6];
	return `| ${name} | ${all.toFixed(2)} | ${main.toFixed(2)} | ${memory.toFixed(0)} |`;
}

const [rounds = "3", tree, other] = process.argv.slice(2);
if (tree === undefined) throw new Error("expected a tree");
const place = mkdtempSync(join(process.env.PVPKG_BENCH_PLACE ?? tmpdir(), "pvpkg-bench-containers-"));
try {
	console.log(`${machine()}\n\n| containers | cpu s | main, cpu s | memory, MB |\n|---|---|---|---|`);
	const project = makeProject(tree, place, Math.max(...COUNTS));
	for (const count of COUNTS) {
		keepContainers(project, count);
		const times: ProcessTime[] = [];
		const others: ProcessTime[] = [];
		for (let round = 0; round < Number(rounds); round++) {
			times.push(build(CLI, project));
			if (other !== undefined) others.push(build(other, project));
		}
		console.log(row(`${count}`, times));
		if (others.length > 0) console.log(row(`${count}, the other version`, others));
	}
} finally {
	rmSync(place, { recursive: true, force: true });
}
