import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { contentBytes } from "../../../src/ground/bytes/index.js";
import { processIdentity } from "../../../src/ground/files/process-identity.js";
import { CacheKey, ContentStore } from "../../../src/ground/store/index.js";

let directory: string;
let store: ContentStore;

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "content-store-"));
	store = new ContentStore(directory);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const body = Buffer.from("layer ".repeat(1000));
const digest = digestOf(body);

function digestOf(bytes: Uint8Array, algorithm = "sha256"): string {
	return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
}

async function receive(bytes: Uint8Array, size = bytes.length, name = digestOf(bytes)): Promise<void> {
	const blob = await store.receiveBlob(name, size);
	try {
		await blob.write(bytes.subarray(blob.received));
		await blob.commit();
	} finally {
		await blob.close();
	}
}

function storedBytes(name: string): Buffer {
	const content = store.openContent(name);
	try {
		return Buffer.from(contentBytes(content));
	} finally {
		content.close();
	}
}

const blobPath = (): string => join(directory, "v2/blobs", "sha256", digest.slice(7));
const partialPath = (): string => join(directory, "v2/partial", digest.replace(":", "-"));

describe("receiving", () => {
	test.each(["sha256", "sha512"])("a %s blob is kept", async (algorithm) => {
		const name = digestOf(body, algorithm);
		await receive(body, body.length, name);
		expect(store.has(name, body.length)).toBe(true);
		expect(store.has(name, body.length + 1)).toBe(false);
		expect(storedBytes(name)).toEqual(body);
		expect(readdirSync(join(directory, "v2/partial"))).toEqual([]);
	});

	test("what came before an interruption is resumed, and hashed again", async () => {
		const first = await store.receiveBlob(digest, body.length);
		await first.write(body.subarray(0, 1234));
		await first.close();
		const second = await store.receiveBlob(digest, body.length);
		expect(second.received).toBe(1234);
		await second.write(body.subarray(1234));
		await second.commit();
		expect(readFileSync(blobPath())).toEqual(body);
	});

	test("a whole partial file is only renamed, a damaged or too long one starts again", async () => {
		await receive(Buffer.from("x"));
		const damaged = Buffer.from(body).fill("?", 3, 4);
		for (const [left, received] of [
			[body, body.length],
			[damaged, 0],
			[Buffer.concat([body, body]), 0],
		] as const) {
			writeFileSync(partialPath(), left);
			const blob = await store.receiveBlob(digest, body.length);
			expect(blob.received).toBe(received);
			await blob.write(body.subarray(blob.received));
			await blob.commit();
			expect(readFileSync(blobPath())).toEqual(body);
			store.remove(digest);
		}
	});

	test("a blob of many batches, in chunks that end anywhere", async () => {
		const large = Buffer.alloc(2_000_003, body);
		const blob = await store.receiveBlob(digestOf(large), large.length);
		for (let at = 0; at < large.length; at += 70_001) await blob.write(large.subarray(at, at + 70_001));
		await blob.commit();
		expect(storedBytes(digestOf(large)).equals(large)).toBe(true);
	});

	test("missing bytes are an error that keeps the rest", async () => {
		await expect(receive(body.subarray(0, 100), body.length, digest)).rejects.toMatchObject({
			code: "ERR_OBJECT_DIGEST",
			message: `${digest}: store: wrong bytes, expected 6000 bytes, got 100`,
		});
		expect(store.partialSize(digest)).toBe(100);
	});

	test.each([
		["wrong bytes", Buffer.from(body).fill("?", 3, 4)],
		["more bytes than the size", Buffer.concat([body, Buffer.of(0)])],
	])("%s are an error that keeps nothing", async (_name, bytes) => {
		await expect(receive(bytes, body.length, digest)).rejects.toMatchObject({ code: "ERR_OBJECT_DIGEST" });
		expect(store.partialSize(digest)).toBe(0);
		expect(store.has(digest, body.length)).toBe(false);
	});

	test("a small blob is stored whole, or not when its bytes are wrong", () => {
		store.putBlob(digest, body);
		expect(store.has(digest, body.length)).toBe(true);
		expect(() => store.putBlob(digestOf(Buffer.of(1)), body)).toThrow(/wrong bytes/);
		writeFileSync(blobPath(), Buffer.from(body).fill("?", 5999));
		store.putBlob(digest, body);
		expect(readFileSync(blobPath())).toEqual(body);
	});

	test.each([
		"sha256:../../x",
		"sha256:ABCD",
		"md5:d41d8cd98f00b204e9800998ecf8427e",
		"",
		`${"a".repeat(64)}`,
	])("no path is made of %j", (name) => {
		expect(() => store.has(name, 1)).toThrow(TypeError);
	});
});

describe("damage", () => {
	test("a damaged blob is found and removed, a sound one stays", async () => {
		const other = Buffer.from("other");
		store.putBlob(digest, body);
		store.putBlob(digestOf(other), other);
		expect(await store.verify()).toEqual([]);
		writeFileSync(blobPath(), Buffer.from(body).fill("?", 5999));
		const damaged = await store.verify();
		expect(damaged.map((blob) => blob.digest)).toEqual([digest]);
		expect(store.list().map((blob) => blob.digest)).toEqual([digestOf(other)]);
		expect(await store.verifyBlob(digest)).toBe(false);
		expect(await store.verifyBlob(digestOf(other))).toBe(true);
	});

	test("a missing blob has a typed error", () => {
		expect(() => store.openContent(digest)).toThrow(expect.objectContaining({ code: "ERR_FILE_NOT_FOUND" }));
	});
});

describe("housekeeping", () => {
	test("prune removes what was used longest ago, and left-over partial files", async () => {
		const blobs = [1, 2, 3].map((n) => Buffer.alloc(100, n));
		for (const [at, bytes] of blobs.entries()) {
			store.putBlob(digestOf(bytes), bytes);
			store.touch(digestOf(bytes), (10 - at) * 1000);
		}
		await receive(body.subarray(0, 9), body.length, digest).catch(() => {});
		expect(store.list().map((blob) => blob.lastUsed)).toEqual([8000, 9000, 10000]);
		const { removed } = store.prune(250);
		expect(removed.map((blob) => blob.digest)).toEqual([digestOf(blobs[2]!)]);
		expect(store.partialSize(digest)).toBe(0);
		store.prune(0);
		expect(store.list()).toEqual([]);
	});

	test("prune removes what killed processes left: claims, files that were not finished", () => {
		const dead = `7654321-1-${processIdentity().split("-")[2]}`;
		store.createBlob().discard();
		const [claim, file] = [`${partialPath()}.${dead}.00.lock`, `.new.pvpkg.${dead}.${"0".repeat(12)}.tmp`];
		writeFileSync(claim, "");
		writeFileSync(join(directory, "v2/partial", file), "half");
		const going = store.createBlob();
		expect(existsSync(join(directory, "v2/partial", file))).toBe(true);
		store.prune(1000);
		expect(readdirSync(join(directory, "v2/partial"))).toEqual([basename(going.temporaryPath)]);
		going.discard();
	});

	test("prune leaves a download alone that is going on", async () => {
		const lock = await store.lockBlob(digest, body.length);
		const blob = await store.receiveBlob(digest, body.length);
		await blob.write(body.subarray(0, 10));
		store.prune(0);
		await blob.write(body.subarray(10));
		await blob.commit();
		lock?.release();
		expect(store.has(digest, body.length)).toBe(true);
	});

	test("records are kept under keys of any form", () => {
		expect(store.readRecord("reg/app:1")).toBeUndefined();
		store.writeRecord("reg/app:1", "one");
		store.writeRecord("../reg/app:1", "two");
		store.writeRecord("reg/app:1", "three");
		expect(store.readRecord("reg/app:1")).toBe("three");
		expect(store.readRecord("../reg/app:1")).toBe("two");
	});

	test("what cannot be kept is told once, and fails nothing", async () => {
		const warnings: string[] = [];
		const hindered = new ContentStore(directory, {
			key: new CacheKey("mine"),
			onWarning: (message) => warnings.push(message),
		});
		mkdirSync(join(directory, "v2"));
		for (const name of ["blobs", "records"]) writeFileSync(join(directory, "v2", name), "");
		for (const _ of [1, 2]) {
			hindered.putBlob(digest, body);
			hindered.writeRecord("key", "text");
		}
		const file = hindered.createBlob();
		file.write(body, 0);
		const content = hindered.adoptBlob(file, digest);
		file.discard();
		expect(Buffer.from(contentBytes(content)).equals(body)).toBe(true);
		content.close();
		expect(hindered.readRecord("key")).toBeUndefined();
		expect(await hindered.verifyBlob(digest)).toBe(false);
		expect(warnings).toHaveLength(2);
	});
});

describe("locks", () => {
	test("one of many has the lock at a time, in one process too", async () => {
		let holders = 0;
		let most = 0;
		const work = async (): Promise<void> => {
			const lock = await store.lockBlob(digest, body.length);
			most = Math.max(most, ++holders);
			await new Promise((resolve) => setTimeout(resolve, 5));
			holders--;
			lock?.release();
		};
		await Promise.all([work(), work(), work(), work()]);
		expect(most).toBe(1);
		expect(readdirSync(join(directory, "v2/partial"))).toEqual([]);
	});

	test("one of two processes has the lock at a time", async () => {
		const index = new URL("../../../src/ground/store/index.js", import.meta.url).href;
		// A holder that finds the mark of another one, or loses its own, ends with an error.
		const script = `
			import { closeSync, openSync, rmSync } from "node:fs";
			const { ContentStore } = await import(${JSON.stringify(index)});
			const [directory, digest] = process.argv.slice(1);
			const store = new ContentStore(directory);
			const now = () => performance.timeOrigin + performance.now();
			const spinUntil = (time) => {
				while (now() < time);
			};
			for (let round = 0; round < 120; round++) {
				// All begin at the same moment, so that they look for claims before they see each other's.
				spinUntil(Math.ceil(now() / 30 + 0.1) * 30);
				const lock = await store.lockBlob(digest, 5);
				closeSync(openSync(directory + "/held", "wx"));
				spinUntil(now() + 2);
				rmSync(directory + "/held");
				lock.release();
			}
			console.log("done");
		`;
		const args = ["--input-type=module", "-e", script, directory, digest];
		const runs = Array.from({ length: 2 }, () => promisify(execFile)(process.execPath, args));
		for (const { stdout } of await Promise.all(runs)) expect(stdout).toBe("done\n");
		expect(readdirSync(join(directory, "v2/partial"))).toEqual([]);
	});

	test("waiting ends when the blob is there, or by the signal", async () => {
		const lock = await store.lockBlob(digest, body.length);
		const waiting = store.lockBlob(digest, body.length);
		const aborted = store.lockBlob(digest, body.length, AbortSignal.timeout(60));
		await expect(aborted).rejects.toThrow(/abort|timeout/i);
		store.putBlob(digest, body);
		expect(await waiting).toBeUndefined();
		lock?.release();
	});

	test("a lock dies with its process, even by SIGKILL", async () => {
		const index = new URL("../../../src/ground/store/index.js", import.meta.url).href;
		const script = `
			const { ContentStore } = await import(${JSON.stringify(index)});
			const store = new ContentStore(${JSON.stringify(directory)});
			await store.lockBlob(${JSON.stringify(digest)}, 6000);
			const blob = await store.receiveBlob(${JSON.stringify(digest)}, 6000);
			await blob.write(Buffer.from("layer ".repeat(100)));
			await blob.close();
			console.log("locked");
			setInterval(() => {}, 1000);`;
		const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
			stdio: ["ignore", "pipe", "inherit"],
		});
		await new Promise((resolve) => child.stdout.once("data", resolve));
		await expect(store.lockBlob(digest, body.length, AbortSignal.timeout(150))).rejects.toThrow();
		child.kill("SIGKILL");
		const lock = await store.lockBlob(digest, body.length, AbortSignal.timeout(100_000));
		const blob = await store.receiveBlob(digest, body.length);
		expect(blob.received).toBe(600);
		await blob.write(body.subarray(600));
		await blob.commit();
		lock?.release();
		expect(readdirSync(join(directory, "v2/partial"))).toEqual([]);
	});

	test("a claim of another host counts while it beats, not for ever", async () => {
		store.writeRecord("", "");
		const claim = `${partialPath()}.77-1234-0123456789ab.00.lock`;
		await receive(body.subarray(0, 1), body.length, digest).catch(() => {});
		writeFileSync(claim, "");
		utimesSync(claim, 0, 0);
		await expect(store.lockBlob(digest, body.length, AbortSignal.timeout(100))).rejects.toThrow();
		expect(existsSync(claim)).toBe(true);
	});
});

test("stores that write and one that prunes everything do not hinder one another", async () => {
	const warnings: string[] = [];
	const options = { key: new CacheKey("shared"), onWarning: (message: string) => warnings.push(message) };
	const [writer, pruner] = [new ContentStore(directory, options), new ContentStore(directory, options)];
	for (let round = 0; round < 50; round++) {
		const bytes = Buffer.from(`blob ${round}`);
		const file = writer.createBlob();
		file.write(bytes, 0);
		pruner.prune(0);
		const content = writer.adoptBlob(file, digestOf(bytes));
		pruner.prune(0);
		writer.writeRecord(`record ${round}`, "text");
		writer.putBlob(digestOf(bytes), bytes);
		expect(Buffer.from(contentBytes(content)).equals(bytes)).toBe(true);
		content.close();
		pruner.prune(0);
		expect(await writer.openSound(digestOf(bytes), bytes.length)).toBeUndefined();
		expect(writer.readRecord(`record ${round}`)).toBeUndefined();
	}
	expect(warnings).toEqual([]);
});
