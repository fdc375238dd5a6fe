import { createHash, type Hash } from "node:crypto";
import { readSync, writeSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import { threadStarted } from "../threads/index.js";
import type { BlobAnswer, BlobCall } from "./blob-thread.js";

// The thread that hashes and writes blobs; see BlobThread. It ends with the process.
interface OpenBlob {
	readonly hash: Hash;
	readonly descriptor: number;
}

const blobs = new Map<number, OpenBlob>();

threadStarted();
parentPort?.on("message", (call: BlobCall) => {
	const moved = call.kind === "append" ? [call.batch.buffer] : [];
	parentPort?.postMessage(answer(call), moved);
});

function answer(call: BlobCall): BlobAnswer {
	try {
		const digest = work(call);
		return { call: call.call, digest, batch: call.kind === "append" ? call.batch : undefined };
	} catch (cause) {
		const { message, code } = cause as NodeJS.ErrnoException;
		return { call: call.call, failure: { message, code } };
	}
}

function work(call: BlobCall): string | undefined {
	if (call.kind === "open") {
		const { algorithm, descriptor, hashed } = call;
		blobs.set(call.blob, { descriptor, hash: hashBegin(createHash(algorithm), descriptor, hashed) });
		return undefined;
	}
	const blob = blobs.get(call.blob);
	if (blob === undefined) throw new Error("the blob is closed");
	if (call.kind === "digest") return blob.hash.copy().digest("hex");
	if (call.kind === "append") append(blob, call.batch.subarray(0, call.size), call.position);
	else blobs.delete(call.blob);
	return undefined;
}

function append({ hash, descriptor }: OpenBlob, batch: Uint8Array, position: number): void {
	hash.update(batch);
	for (let done = 0; done < batch.length; ) {
		done += writeSync(descriptor, batch, done, batch.length - done, position + done);
	}
}

/** What an earlier attempt left. */
function hashBegin(hash: Hash, descriptor: number, size: number): Hash {
	const buffer = Buffer.allocUnsafeSlow(1 << 20);
	for (let done = 0; done < size; ) {
		const got = readSync(descriptor, buffer, 0, Math.min(buffer.length, size - done), done);
		if (got === 0) break;
		hash.update(buffer.subarray(0, got));
		done += got;
	}
	return hash;
}
