import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ContentStore } from "../src/bytes/index.js";
import { parsePlatform, parseReference, resolveImages } from "../src/oci/index.js";
import { openRegistry } from "../src/registry/index.js";
import { cachedSource } from "../src/sources/index.js";
import { DockerRegistry } from "../test/support/docker-registry.js";
import { runBeside } from "../test/support/programs.js";
import { TestRegistry } from "../test/support/registry.js";

// Pulling an image from Debian's docker-registry on loopback into the content store, verified,
// against `skopeo copy` to an OCI layout: in pairs, as the machine's speed changes.
//   node dist/bench/pull.js [MEGABYTES] [PAIRS]
// With `--pull REFERENCE STORE` it is the child that is measured.

const PLATFORM = { os: "linux", architecture: "amd64" };
const LAYERS = 4;

async function pull(reference: string, directory: string): Promise<void> {
	const source = cachedSource(openRegistry(parseReference(reference)), new ContentStore(directory));
	const images = await resolveImages(source, [parsePlatform("linux/amd64")], { policy: "exact" });
	await source.prefetch(images.flatMap(({ layers }) => layers.map(({ descriptor }) => descriptor)));
	await source.close();
}

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

async function seconds(program: string, ...args: readonly string[]): Promise<number> {
	const start = performance.now();
	await runBeside(program, ...args);
	return (performance.now() - start) / 1000;
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

async function compare(megabytes: number, pairs: number): Promise<void> {
	const work = mkdtempSync(join(tmpdir(), "pvpkg-bench-"));
	const registry = await DockerRegistry.start(work);
	try {
		await push(registry.host, megabytes);
		const ratios: number[] = [];
		for (let pair = 0; pair < pairs; pair++) {
			const [ours, theirs] = [join(work, `store-${pair}`), join(work, `layout-${pair}`)];
			const reference = `${registry.host}/app:1`;
			const we = await seconds(process.execPath, fileURLToPath(import.meta.url), "--pull", reference, ours);
			const copy = ["copy", "-q", "--src-tls-verify=false", `docker://${reference}`, `oci:${theirs}:1`];
			const they = await seconds("skopeo", ...copy);
			for (const directory of [ours, theirs]) rmSync(directory, { recursive: true });
			ratios.push(they / we);
			console.log(`pvpkg ${we.toFixed(2)} s, skopeo ${they.toFixed(2)} s, ratio ${(they / we).toFixed(2)}`);
		}
		const median = ratios.sort((a, b) => a - b)[ratios.length >> 1];
		console.log(`${megabytes} MB: median throughput ${median?.toFixed(2)} of skopeo's`);
	} finally {
		await registry.close();
		rmSync(work, { recursive: true, force: true });
	}
}

const [, , first = "200", second = "5", third = ""] = process.argv;
if (first === "--pull") {
	await pull(second, third);
	console.log(`${process.resourceUsage().maxRSS} KB`);
} else {
	await compare(Number(first), Number(second));
}
