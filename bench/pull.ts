import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DockerRegistry } from "../test/support/docker-registry.js";
import { runBeside } from "../test/support/programs.js";
import { TestRegistry } from "../test/support/registry.js";
import { type Measurement, measure, median } from "./measure.js";

// `pvpkg pull` of an image from Debian's docker-registry on loopback into the content store, verified,
// against `skopeo copy` to an OCI layout: in pairs, as the machine's speed changes.
//   node dist/bench/pull.js [MEGABYTES] [PAIRS]

const PROGRAM = resolve("dist/program/cli/main.js");
const PLATFORM = { os: "linux", architecture: "amd64" };
const LAYERS = 4;

/** Bytes that nothing can compress, the same every time. */
function noise(size: number, seed: number): Buffer {
	const words = new Uint32Array(size / 4);
	let state = seed;
	for (let at = 0; at < words.length; at++) {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		words[at] = state;
	}
	return Buffer.from(words.buffer);
}

async function push(host: string, megabytes: number): Promise<void> {
	const source = await TestRegistry.start();
	const size = Math.floor((megabytes * 1024 * 1024) / LAYERS / 4) * 4;
	const layers = Array.from({ length: LAYERS }, (_, at) => noise(size, at + 1));
	source.addImage("app", PLATFORM, layers, "1");
	const plain = ["--src-tls-verify=false", "--dest-tls-verify=false"];
	await runBeside(
		"skopeo",
		"copy",
		"-q",
		...plain,
		`docker://${source.host}/app:1`,
		`docker://${host}/app:1`,
	);
	await source.close();
}

function pullTo(reference: string, store: string): Measurement {
	return measure([process.execPath, PROGRAM, "pull", "--quiet", "--cache-dir", store, reference]);
}

function copyTo(reference: string, layout: string): Measurement {
	return measure([
		"skopeo",
		"copy",
		"-q",
		"--src-tls-verify=false",
		`docker://${reference}`,
		`oci:${layout}:1`,
	]);
}

async function compare(megabytes: number, pairs: number): Promise<void> {
	const work = mkdtempSync(join(tmpdir(), "pvpkg-bench-"));
	const registry = await DockerRegistry.start(work);
	try {
		await push(registry.host, megabytes);
		const ratios: number[] = [];
		for (let pair = 0; pair < pairs; pair++) {
			const directories = [join(work, `store-${pair}`), join(work, `layout-${pair}`)] as const;
			const reference = `${registry.host}/app:1`;
			const [ours, theirs] = [pullTo(reference, directories[0]), copyTo(reference, directories[1])];
			for (const directory of directories) rmSync(directory, { recursive: true });
			ratios.push(theirs.wall / ours.wall);
			console.log(`pvpkg ${describe(ours)}; skopeo ${describe(theirs)}; ratio ${ratios.at(-1)?.toFixed(2)}`);
		}
		console.log(`${megabytes} MB: median throughput ${median(ratios).toFixed(2)} of skopeo's`);
	} finally {
		await registry.close();
		rmSync(work, { recursive: true, force: true });
	}
}

function describe({ wall, cpu, memory }: Measurement): string {
	return `${wall.toFixed(2)} s, ${cpu.toFixed(2)} CPU s, ${(memory / 1e6).toFixed(0)} MB`;
}

const [, , megabytes = "200", pairs = "5"] = process.argv;
await compare(Number(megabytes), Number(pairs));
