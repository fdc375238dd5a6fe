import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ContentStore, Spool, sha256Hex } from "../src/bytes/index.js";
import { parsePlatform, parseReference, resolveImages } from "../src/oci/index.js";
import { openRegistry } from "../src/registry/index.js";
import { type Directory, flatten } from "../src/rootfs/index.js";
import { cachedSource } from "../src/sources/index.js";
import { noise } from "../test/support/inodes.js";
import { answerBytes, answerError, breakOff, type Call, TestRegistry } from "../test/support/registry.js";
import { tarball } from "../test/support/tar-builder.js";

// A registry that resets, truncates, stalls, corrupts and answers 429 and 503 at random, while
// four processes that share one store pull and flatten an image of six platforms; one of them is
// killed on the way and started again. All have to end with the right trees, the store has to
// hold the image and nothing else, and no blob may be asked for more often than its faults and
// the kill explain.
//   node dist/bench/faults.js [MEGABYTES] [SEED]
// With `--pull REFERENCE STORE` it is one of the four.

const PLATFORMS = ["amd64", "386", "arm64", "riscv64", "mips", "s390x"].map((name) => `linux/${name}`);
const PROCESSES = 4;
const FAULTS = ["reset", "truncate", "stall", "corrupt", "429", "503"] as const;
/** Of the answers to requests for blobs. */
const FAULT_RATE = 0.4;

/** Prints one line for each platform: a digest over the paths and contents of its tree. */
async function pull(reference: string, directory: string): Promise<void> {
	const registry = openRegistry(parseReference(reference), { retries: 12, timeout: 1500 });
	const source = cachedSource(registry, new ContentStore(directory));
	const spool = Spool.create(tmpdir());
	const images = await resolveImages(source, PLATFORMS.map(parsePlatform), { policy: "exact" });
	await source.prefetch(images.flatMap(({ manifest }) => manifest.layers));
	for (const { layers } of images) console.log(sha256Hex(contentsOf((await flatten(layers, spool)).root)));
	spool.close();
	await source.close();
}

function contentsOf(directory: Directory): string {
	const lines = [...directory.entries].map(([name, inode]) => {
		if (inode.kind === "directory") return `${name}/{${contentsOf(inode)}}`;
		return `${name} ${inode.kind === "file" ? inode.content.sha256 : inode.kind}`;
	});
	return lines.sort().join("\n");
}

/** Pseudo-random numbers in 0..1, the same for the same seed. */
function randomNumbers(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state / 2 ** 32;
	};
}

/** An image whose platforms share a layer of a quarter of its bytes. */
function publish(registry: TestRegistry, megabytes: number): Map<string, Uint8Array> {
	const layers = new Map<string, Uint8Array>();
	const addLayer = (name: string, share: number): Uint8Array => {
		const bytes = tarball({
			path: `usr/${name}`,
			body: noise(Math.floor(megabytes * share * 2 ** 20), share * 1000),
		});
		layers.set(registry.addBlob(bytes).digest, bytes);
		return bytes;
	};
	const shared = addLayer("shared", 0.25);
	const images = PLATFORMS.map((name, at) => {
		const [os, architecture] = name.split("/") as [string, string];
		return registry.addImage("app", { os, architecture }, [shared, addLayer(architecture, 0.12 + at / 1000)]);
	});
	registry.addIndex("app", "1", images);
	return layers;
}

/** Answers some requests for blobs wrong; counts requests and faults by digest. */
function misbehave(
	registry: TestRegistry,
	blobs: ReadonlyMap<string, Uint8Array>,
	seed: number,
): Map<string, Tally> {
	const random = randomNumbers(seed);
	const tallies = new Map<string, Tally>();
	registry.script(/^GET .*\/blobs\//, (call, response) => {
		const digest = call.path.slice(call.path.lastIndexOf("/") + 1);
		const tally = tallies.get(digest) ?? { requests: 0, faults: 0 };
		tallies.set(digest, tally);
		tally.requests++;
		const bytes = blobs.get(digest);
		if (bytes === undefined || random() >= FAULT_RATE) return false;
		tally.faults++;
		fail(FAULTS[Math.floor(random() * FAULTS.length)]!, bytes, random(), call, response);
		return true;
	});
	return tallies;
}

interface Tally {
	requests: number;
	faults: number;
}

/** @param where in the rest of the blob the fault is, 0..1. */
function fail(
	fault: (typeof FAULTS)[number],
	bytes: Uint8Array,
	where: number,
	call: Call,
	response: ServerResponse,
): void {
	const start = Number(/^bytes=(\d+)-$/.exec(call.headers.range ?? "")?.[1] ?? 0);
	const middle = start + Math.floor((bytes.length - start) * where);
	const status = start > 0 ? 206 : 200;
	if (start > 0) response.setHeader("Content-Range", `bytes ${start}-${bytes.length - 1}/${bytes.length}`);
	if (fault === "reset") response.destroy();
	else if (fault === "truncate")
		breakOff(response, bytes.subarray(start, middle), bytes.length - start, status);
	else if (fault === "stall") {
		response.writeHead(status, { "Content-Length": bytes.length - start });
		response.write(bytes.subarray(start, middle));
	} else if (fault === "corrupt") {
		const wrong = Buffer.from(bytes);
		wrong[Math.min(middle, bytes.length - 1)]! ^= 1;
		response.removeHeader("Content-Range");
		answerBytes(response, call, wrong);
	} else {
		response.removeHeader("Content-Range");
		if (fault === "429") response.setHeader("Retry-After", "0");
		answerError(response, Number(fault), "TOOMANYREQUESTS", "slow down");
	}
}

function start(
	reference: string,
	store: string,
): { readonly child: ChildProcess; readonly done: Promise<string> } {
	const args = [fileURLToPath(import.meta.url), "--pull", reference, store];
	const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
	let output = "";
	child.stdout!.on("data", (chunk) => {
		output += chunk;
	});
	const done = new Promise<string>((resolve) =>
		child.once("close", (code) => resolve(`${output}exit ${code}`)),
	);
	return { child, done };
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
		const blobs = publish(registry, megabytes);
		const expected = await start(reference, join(work, "reference")).done;
		const tallies = misbehave(registry, blobs, seed);
		const began = performance.now();
		const store = join(work, "store");
		const killed = start(reference, store);
		setTimeout(() => killed.child.kill("SIGKILL"), 1000);
		const others = Array.from({ length: PROCESSES - 1 }, () => start(reference, store).done);
		await killed.done;
		const outputs = await Promise.all([...others, start(reference, store).done]);
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
		"every process ends with the right trees",
		outputs.every((output) => output === expected && /exit 0$/.test(output)),
	);
	check("nothing is half done in the store", readdirSync(join(store.directory, "partial")).length === 0);
	check("no blob in the store is damaged", (await store.verify()).length === 0);
	const documents = 1 + 2 * PLATFORMS.length;
	check("the store holds the image and nothing else", store.list().length === layers.length + documents);
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

const [, , first = "200", second = "1", third = ""] = process.argv;
if (first === "--pull") await pull(second, third);
else await run(Number(first), Number(second));
