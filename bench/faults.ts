import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ContentStore } from "../src/ground/store/index.js";
import { FAULTY_PLATFORMS, misbehave, publishLayers, type Tally } from "../test/support/faulty-registry.js";
import { TestRegistry } from "../test/support/registry.js";

// A registry that resets, truncates, stalls, corrupts and answers 429 and 503 at random, while
// four `pvpkg export` that share one store make packages of six platforms of an image; one of
// them is killed on the way and started again. All have to end with the right packages, the
// store has to hold the image and what was made of it and nothing else, and no blob may be asked
// for more often than its faults and the kill explain.
//   node dist/bench/faults.js [MEGABYTES] [SEED]

const PROGRAM = resolve("dist/program/cli/main.js");
const PROCESSES = 4;
/** Exports all platforms: the digests of the packages, and how it ended. */
function start(reference: string, work: string, store: string): Run {
	const out = mkdtempSync(join(work, "out-"));
	const options = ["--cache-dir", store, "--retries", "12", "--timeout", "2", "--tier", "fast"];
	const args = ["export", reference, "app", "-o", `${out}/`, "--json", "--quiet", "--no-sign", ...options];
	const env = { ...process.env, TMPDIR: join(work, "tmp") };
	const child = spawn(process.execPath, [PROGRAM, ...args], { env, stdio: ["ignore", "pipe", "inherit"] });
	let output = "";
	child.stdout!.on("data", (chunk) => {
		output += chunk;
	});
	const done = new Promise<string>((settle) =>
		child.once("close", (code) => settle(`${code === 0 ? digests(output) : ""} exit ${code}`)),
	);
	return { child, done };
}

interface Run {
	readonly child: ChildProcess;
	readonly done: Promise<string>;
}

function digests(output: string): string {
	const { packages } = JSON.parse(output) as { packages: { platform: string; sha256: string }[] };
	return packages.map(({ platform, sha256 }) => `${platform} ${sha256}`).join("\n");
}

function check(what: string, holds: boolean): void {
	console.log(`${holds ? "ok  " : "FAIL"} ${what}`);
	if (!holds) process.exitCode = 1;
}

async function run(megabytes: number, seed: number): Promise<void> {
	const work = mkdtempSync(join(tmpdir(), "pvpkg-faults-"));
	const registry = await TestRegistry.start();
	const reference = `${registry.host}/app:1`;
	try {
		const blobs = publishLayers(registry, megabytes);
		mkdirSync(join(work, "tmp"));
		const expected = await start(reference, work, join(work, "reference")).done;
		const tallies = misbehave(registry, blobs, seed);
		const began = performance.now();
		const store = join(work, "store");
		const killed = start(reference, work, store);
		setTimeout(() => killed.child.kill("SIGKILL"), 1000);
		const others = Array.from({ length: PROCESSES - 1 }, () => start(reference, work, store).done);
		await killed.done;
		const outputs = await Promise.all([...others, start(reference, work, store).done]);
		console.log(`${megabytes} MB, seed ${seed}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
		await report(outputs, expected, new ContentStore(store), tallies, [...blobs.keys()]);
	} finally {
		await registry.close();
		rmSync(work, { recursive: true, force: true });
	}
}

async function report(
	outputs: readonly string[],
	expected: string,
	store: ContentStore,
	tallies: ReadonlyMap<string, Tally>,
	layers: readonly string[],
): Promise<void> {
	check(
		"every process ends with the right packages",
		outputs.every((output) => output === expected && /exit 0$/.test(output)),
	);
	check("nothing is half done in the store", readdirSync(join(store.directory, "partial")).length === 0);
	check("no blob in the store is damaged", (await store.verify()).length === 0);
	// An index; a manifest, a config and a root.squashfs for each platform.
	const others = 1 + 3 * FAULTY_PLATFORMS.length;
	check(
		"the store holds the image, what was made of it and nothing else",
		store.list().length === layers.length + others,
	);
	const faults = [...tallies.values()].reduce((sum, tally) => sum + tally.faults, 0);
	const odd = layers.filter(
		(digest) => (tallies.get(digest)?.requests ?? 0) > 1 + (tallies.get(digest)?.faults ?? 0),
	);
	// Of the process that was killed at most as many downloads as go on at a time.
	check(`no blob is asked for more often than ${faults} faults and the kill explain`, odd.length <= 4);
	console.log(
		`     ${layers.map((digest) => `${tallies.get(digest)?.requests}/${tallies.get(digest)?.faults}`).join(" ")}`,
	);
}

const [, , megabytes = "200", seed = "1"] = process.argv;
await run(Number(megabytes), Number(seed));
