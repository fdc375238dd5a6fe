import { createHash } from "node:crypto";
import {
	chmodSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { contentBytes } from "../../../src/ground/bytes/index.js";
import { CacheKey, ContentStore, readCacheKeyFile } from "../../../src/ground/store/index.js";

let directory: string;
const warnings: string[] = [];
const mine = new CacheKey("mine, and nobody else's");

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "trust-"));
	warnings.length = 0;
});
afterEach(() => rmSync(directory, { recursive: true }));

function openStore(key: CacheKey | undefined = mine): ContentStore {
	return new ContentStore(directory, { key, onWarning: (message) => warnings.push(message) });
}

function digestOf(bytes: Uint8Array): string {
	return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

const records = (): string[] => readdirSync(join(directory, "v2/records"));
const recordPath = (): string => join(directory, "v2/records", records()[0]!);

describe("a record", () => {
	beforeEach(() => openStore().writeRecord("web:1", "sha256:good"));

	test("is believed under the key that it was written with, and under no other", () => {
		expect(openStore().readRecord("web:1")).toBe("sha256:good");
		expect(openStore(new CacheKey("other")).readRecord("web:1")).toBeUndefined();
		expect(new ContentStore(directory).readRecord("web:1")).toBeUndefined();
		expect(warnings).toEqual([]);
	});

	test("of another name is not believed under this one", () => {
		openStore().writeRecord("web:2", "sha256:bad");
		const [first, second] = records().map((name) => join(directory, "v2/records", name));
		const [one, two] = [readFileSync(first!), readFileSync(second!)];
		writeFileSync(first!, two);
		writeFileSync(second!, one);
		expect(openStore().readRecord("web:1")).toBeUndefined();
		expect(openStore().readRecord("web:2")).toBeUndefined();
	});

	test.each([
		["with one bit changed", (bytes: Buffer) => bytes.fill(bytes[bytes.length - 1]! ^ 1, bytes.length - 1)],
		["cut off", (bytes: Buffer) => bytes.subarray(0, bytes.length - 3)],
		["of no bytes, as a power cut leaves it", () => Buffer.alloc(0)],
		["of noise", () => Buffer.alloc(5000, 7)],
		["in the form of 0.1.0", () => Buffer.from("sha256:bad application/json web\n")],
		["with a longer text", (bytes: Buffer) => Buffer.concat([bytes, Buffer.from("x")])],
	])("%s is absent, is told, and is written again", (_, change) => {
		writeFileSync(recordPath(), change(readFileSync(recordPath())));
		const store = openStore();
		expect(store.readRecord("web:1")).toBeUndefined();
		expect(store.readRecord("web:1")).toBeUndefined();
		expect(warnings).toEqual([expect.stringMatching(/the record is damaged and is made again$/)]);
		store.writeRecord("web:1", "sha256:good");
		expect(openStore().readRecord("web:1")).toBe("sha256:good");
	});

	test("of more than 64 MiB is absent, whoever wrote it", () => {
		const limit = 64 << 20;
		openStore().writeRecord("large", "x".repeat(limit));
		expect(openStore().readRecord("large")).toBeUndefined();
		expect(openStore().verifyRecords().damaged).toHaveLength(1);
	});

	test("that is damaged is found by verify, which removes it", () => {
		writeFileSync(recordPath(), "damaged");
		openStore().writeRecord("web:2", "sound");
		openStore(new CacheKey("other")).writeRecord("web:3", "theirs");
		const check = openStore().verifyRecords();
		expect([check.sound, check.foreign, check.damaged.length]).toEqual([1, 1, 1]);
		expect(openStore().verifyRecords()).toEqual({ sound: 1, foreign: 1, damaged: [] });
	});
});

test("everything that is made can be read by this user alone", () => {
	const store = openStore();
	store.writeRecord("a", "b");
	store.putBlob(digestOf(Buffer.from("x")), Buffer.from("x"));
	const file = store.createBlob();
	store.adoptBlob(file, digestOf(Buffer.alloc(0))).close();
	const made = readdirSync(directory, { recursive: true, encoding: "utf8" });
	expect(made.length).toBeGreaterThan(6);
	for (const name of made) expect(statSync(join(directory, name)).mode & 0o077, name).toBe(0);
});

describe("a cache that somebody else can write", () => {
	test("leads nowhere else by links", () => {
		const outside = mkdtempSync(join(tmpdir(), "outside-"));
		writeFileSync(join(outside, `sha256-${"0".repeat(64)}`), "kept");
		mkdirSync(join(directory, "v2"));
		symlinkSync(outside, join(directory, "v2/partial"));
		symlinkSync(outside, join(directory, "v2/records"));
		expect(() => openStore().prune(0)).toThrow(/is a symbolic link/);
		openStore().writeRecord("a", "b");
		expect(warnings).toEqual([expect.stringMatching(/is a symbolic link/)]);
		expect(readdirSync(outside)).toEqual([`sha256-${"0".repeat(64)}`]);
		rmSync(outside, { recursive: true });
	});

	test("a link in the place of a blob is none", async () => {
		const store = openStore();
		const digest = digestOf(Buffer.from("x"));
		store.putBlob(digest, Buffer.from("x"));
		const path = join(directory, "v2/blobs/sha256", digest.slice(7));
		writeFileSync(join(directory, "x"), "x");
		rmSync(path);
		symlinkSync(join(directory, "x"), path);
		expect(store.has(digest, 1)).toBe(false);
		expect(await store.verifyBlob(digest)).toBe(false);
	});

	test("a blob is hashed through the file that is read", async () => {
		const store = openStore();
		const digest = digestOf(Buffer.from("good"));
		store.putBlob(digest, Buffer.from("good"));
		const content = (await store.openSound(digest, 4))!;
		writeFileSync(join(directory, "evil"), "evil");
		rmSync(join(directory, "v2/blobs/sha256", digest.slice(7)));
		expect(Buffer.from(contentBytes(content)).toString()).toBe("good");
		content.close();
		expect(await store.openSound(digest, 4)).toBeUndefined();
	});
});

describe("a cache of version 0.1.0 in the same directory", () => {
	const bytes = Buffer.from("a layer");
	const digest = digestOf(bytes);
	const former = (): string => join(directory, "blobs/sha256", digest.slice(7));

	beforeEach(() => {
		for (const name of ["blobs/sha256", "records", "partial", "blocks"]) {
			mkdirSync(join(directory, name), { recursive: true });
		}
		writeFileSync(former(), bytes);
		writeFileSync(join(directory, "records", createHash("sha256").update("web:1").digest("hex")), "trusted?");
		writeFileSync(join(directory, "blocks", `${"a".repeat(24)}.blocks`), "pvpkgbp1");
	});

	test("gives its blobs once they are hashed, and nothing else", async () => {
		const store = openStore();
		expect(store.readRecord("web:1")).toBeUndefined();
		expect(store.has(digest, bytes.length)).toBe(true);
		expect(await store.verifyBlob(digest)).toBe(true);
		expect(existsSync(former())).toBe(false);
		expect(store.list().map((blob) => blob.digest)).toEqual([digest]);
	});

	test("a damaged blob of it is not moved", async () => {
		writeFileSync(former(), "a liar");
		expect(await openStore().verifyBlob(digest)).toBe(false);
		expect(await openStore().openSound(digest, 7)).toBeUndefined();
		expect(openStore().list()).toEqual([]);
	});

	test("goes with prune, but for what 0.1.0 did not make", () => {
		writeFileSync(join(directory, "records/README"), "mine");
		expect(openStore().prune(1e9).bytes).toBeGreaterThan(0);
		expect(readdirSync(directory, { recursive: true })).toEqual(["records", "records/README"]);
	});
});

describe("cache.key", () => {
	const read = (place = directory): string | undefined =>
		readCacheKeyFile(place, (message) => warnings.push(message));

	test("is made at its first use, for this user alone, and stays", () => {
		const key = read(join(directory, "made/too"));
		expect(key).toMatch(/^[0-9a-f]{64}$/);
		expect(read(join(directory, "made/too"))).toBe(key);
		expect(statSync(join(directory, "made/too/cache.key")).mode & 0o777).toBe(0o600);
		expect(statSync(join(directory, "made/too")).mode & 0o777).toBe(0o700);
	});

	test("that a full disk left empty is made again", () => {
		writeFileSync(join(directory, "cache.key"), "", { mode: 0o600 });
		expect(read()).toMatch(/^[0-9a-f]{64}$/);
	});

	test("that others can read, or a link, is not used", () => {
		read();
		chmodSync(join(directory, "cache.key"), 0o640);
		expect(read()).toBeUndefined();
		rmSync(join(directory, "cache.key"));
		symlinkSync("/dev/null", join(directory, "cache.key"));
		expect(read()).toBeUndefined();
		expect(warnings).toEqual([
			expect.stringMatching(/mode 0600/),
			expect.stringMatching(/mode 0600: nothing but blobs is kept/),
		]);
	});

	test("that cannot be made leaves the run without a key", () => {
		writeFileSync(join(directory, "file"), "");
		expect(read(join(directory, "file"))).toBeUndefined();
		expect(warnings).toHaveLength(1);
	});
});
