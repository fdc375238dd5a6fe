import type { ServerResponse } from "node:http";
import { noise } from "./inodes.js";
import { answerBytes, answerError, breakOff, type Call, type TestRegistry } from "./registry.js";
import { tarball } from "./tar-builder.js";

export const FAULTY_PLATFORMS: readonly string[] = ["amd64", "386", "arm64", "riscv64", "mips", "s390x"].map(
	(name) => `linux/${name}`,
);
const FAULTS = ["reset", "truncate", "stall", "corrupt", "429", "503"] as const;
/** Of the answers to requests for blobs. */
const FAULT_RATE = 0.4;
/** Of one blob; fewer than the tries of each process. */
const MOST_FAULTS = 12;

/** Pseudo-random numbers in 0..1, the same for the same seed. */
function randomNumbers(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state / 2 ** 32;
	};
}

/**
 * An image `app:1` whose platforms share a layer of a quarter of its bytes.
 * @returns its layers, by digest.
 */
export function publishLayers(registry: TestRegistry, megabytes: number): Map<string, Uint8Array> {
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
	const images = FAULTY_PLATFORMS.map((name, at) => {
		const [os, architecture] = name.split("/") as [string, string];
		return registry.addImage("app", { os, architecture }, [shared, addLayer(architecture, 0.12 + at / 1000)]);
	});
	registry.addIndex("app", "1", images);
	return layers;
}

/** Answers some requests for blobs wrong; counts requests and faults by digest. */
export function misbehave(
	registry: TestRegistry,
	blobs: ReadonlyMap<string, Uint8Array>,
	seed: number,
): Map<string, Tally> {
	const random = randomNumbers(seed);
	const tallies = new Map<string, Tally>();
	const corrupted = new Set<string>();
	registry.script(/^GET .*\/blobs\//, (call, response) => {
		const digest = call.path.slice(call.path.lastIndexOf("/") + 1);
		const tally = tallies.get(digest) ?? { requests: 0, faults: 0, abandoned: 0 };
		tallies.set(digest, tally);
		tally.requests++;
		const bytes = blobs.get(digest);
		if (bytes === undefined || random() >= FAULT_RATE || tally.faults === MOST_FAULTS) {
			countAbandoned(response, tally);
			return false;
		}
		tally.faults++;
		const fault = FAULTS[Math.floor(random() * FAULTS.length)]!;
		// A blob that is wrong again and again is an error, as it should be.
		const spoilt = fault === "corrupt" && corrupted.has(digest);
		if (fault === "corrupt") corrupted.add(digest);
		fail(spoilt ? "reset" : fault, bytes, random(), call, response);
		return true;
	});
	return tallies;
}

/** Of one blob. */
export interface Tally {
	requests: number;
	faults: number;
	/** Sound answers that the client did not wait for: on a busy machine a server may be too slow. */
	abandoned: number;
}

function countAbandoned(response: ServerResponse, tally: Tally): void {
	response.once("close", () => {
		if (!response.writableFinished) tally.abandoned++;
	});
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
