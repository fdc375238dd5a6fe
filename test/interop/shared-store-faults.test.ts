import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { digestBytes, parsePlatform } from "../../src/image/oci/index.js";
import { runBeside } from "../support/programs.js";
import { answerBytes, answerError, type Call, type Fault } from "../support/registry.js";
import { closeAll, directoryOf, startRegistry } from "../support/registry-client.js";

afterEach(closeAll);

/** Of the whole image, all platforms together; 200 for the full run. */
const MEGABYTES = Number(process.env.PVPKG_FAULT_MEGABYTES ?? 12);
const PROCESSES = 4;
const PLATFORMS = [
	"linux/amd64",
	"linux/arm/v6",
	"linux/arm/v7",
	"linux/arm64",
	"linux/mips",
	"linux/riscv64",
];
const PULL = fileURLToPath(new URL("../support/pull-process.js", import.meta.url));

/** Numbers of 0..1, the same every time. */
function seeded(seed: number): () => number {
	let state = seed;
	return () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state / 2 ** 32;
	};
}

function noise(size: number, random: () => number): Buffer {
	const words = new Uint32Array(size >> 2);
	for (let at = 0; at < words.length; at++) words[at] = random() * 2 ** 32;
	return Buffer.from(words.buffer);
}

/** Where `faultsFor` falls silent, and where it has wrong bytes. */
const [SILENCE, CORRUPTION] = [2, 5];
/** Of one blob or manifest; fewer than the tries of each process. */
const MOST_FAULTS = 12;

/** What a bad server does with the blob `bytes`; `share` says where it breaks. */
function faultsFor(bytes: Uint8Array, share: number): readonly Fault[] {
	const rest = (call: Call): Uint8Array => bytes.subarray(Number(/\d+/.exec(call.headers.range ?? "0")![0]));
	const partial: Fault = (call, response) => {
		const body = rest(call);
		const start = bytes.length - body.length;
		const range = start > 0 ? { "Content-Range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {};
		response.writeHead(start > 0 ? 206 : 200, { "Content-Length": body.length, ...range });
		response.write(body.subarray(0, body.length * share));
	};
	return [
		(_, response) => response.destroy(),
		(call, response) => {
			partial(call, response);
			setTimeout(() => response.destroy(), 5);
		},
		partial,
		(_, response) => answerError(response, 429, "TOOMANYREQUESTS", "slow down"),
		(_, response) => answerError(response, 503, "UNAVAILABLE", "in a moment"),
		(call, response) => {
			const wrong = Buffer.from(bytes);
			wrong[Math.floor(wrong.length * share)]! ^= 1;
			answerBytes(response, call, wrong);
		},
	];
}

test(`slow: ${PROCESSES} processes share a store over a bad line (${MEGABYTES} MB)`, {
	timeout: 600_000,
}, async () => {
	const random = seeded(20260101);
	const registry = await startRegistry();
	const blobs = new Map<string, Uint8Array>();
	const layerOf = (share: number): Buffer => {
		const layer = noise((MEGABYTES * 1e6 * share) & ~3, random);
		blobs.set(registry.addBlob(layer).digest, layer);
		return layer;
	};
	const base = layerOf(0.1);
	const images = PLATFORMS.map((name) =>
		registry.addImage("app", parsePlatform(name), [base, layerOf(0.15)]),
	);
	registry.addIndex("app", "1", images);
	const faulty = new Map<string, number>();
	let explained = 0;
	const corrupted = new Set<string>();
	registry.script(/GET .*\/(blobs|manifests)\//, async (call, response) => {
		const digest = call.path.slice(call.path.lastIndexOf("/") + 1);
		const bytes = blobs.get(digest);
		const before = faulty.get(digest) ?? 0;
		if (random() < 0.5 || before === MOST_FAULTS) return false;
		faulty.set(digest, before + 1);
		// One wrong digest for each blob: several in a row are an error, as they should be.
		const spoilt = corrupted.has(digest);
		const faults = faultsFor(bytes ?? Buffer.from("{}"), random()).slice(0, spoilt ? -1 : undefined);
		// What is not a layer is only refused; a layer may suffer anything.
		const choice =
			bytes === undefined ? [0, 3, 4][Math.floor(random() * 3)]! : Math.floor(random() * faults.length);
		if (choice === CORRUPTION) corrupted.add(digest);
		if (bytes !== undefined && choice !== SILENCE) explained++;
		await faults[choice]!(call, response);
		return true;
	});
	const store = directoryOf({});
	const pulls = Array.from({ length: PROCESSES }, () =>
		runBeside(process.execPath, PULL, `${registry.host}/app:1`, store, ...PLATFORMS),
	);
	const expected = PLATFORMS.map((name, at) => [name, images[at]!.digest]);
	for (const output of await Promise.all(pulls)) {
		const { chosen, silences } = JSON.parse(output);
		expect(chosen).toEqual(expected);
		// A server on a busy machine is silent more often than it means to be.
		explained += silences;
	}

	const kept = readdirSync(join(store, "v2/blobs/sha256"));
	expect(kept.filter((hex) => blobs.has(`sha256:${hex}`))).toHaveLength(blobs.size);
	for (const hex of kept)
		expect(digestBytes(readFileSync(join(store, "v2/blobs/sha256", hex)))).toBe(`sha256:${hex}`);
	expect(readdirSync(join(store, "v2/partial"))).toEqual([]);
	const fetched = registry.paths(/blobs/).filter((path) => blobs.has(path.slice(path.lastIndexOf("/") + 1)));
	expect(fetched.length).toBeLessThanOrEqual(blobs.size + explained);
	expect([...faulty.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(10);
});
