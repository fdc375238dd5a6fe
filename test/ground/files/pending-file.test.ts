import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
	closeSync,
	mkdirSync,
	mkdtempSync,
	openSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkOutputFile, PendingFile, writeFileAtomically } from "../../../src/ground/files/index.js";
import { needs } from "../../support/needs.js";

let directory: string;

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "pending-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe("directories that are made for a pending file", () => {
	test("go with it, unless something lies in them", () => {
		const [one, two] = ["one", "two"].map((name) => PendingFile.create(join(directory, "a/b", name)));
		one!.discard();
		expect(readdirSync(join(directory, "a/b"))).toHaveLength(1);
		two!.discard();
		expect(readdirSync(directory)).toEqual([]);
		writeFileAtomically(join(directory, "a/b/kept"), "");
		PendingFile.create(join(directory, "a/b/c/d")).discard();
		expect(readdirSync(join(directory, "a/b"))).toEqual(["kept"]);
	});

	test("stay where somebody else had made them", () => {
		mkdirSync(join(directory, "empty"));
		PendingFile.create(join(directory, "empty/file")).discard();
		expect(readdirSync(directory)).toEqual(["empty"]);
	});
});

describe("an output that is not a file", () => {
	test("a character device gets the bytes, and stays a device", () => {
		const link = join(directory, "null");
		symlinkSync("/dev/null", link);
		for (const path of ["/dev/null", link]) {
			const file = PendingFile.create(path, { output: {} });
			file.write(Buffer.from("world"), 6);
			file.write(Buffer.from("hello "), 0);
			const read = Buffer.alloc(5);
			file.read(read, 6);
			file.commit();
			expect(read.toString()).toBe("world");
			expect(statSync(path).isCharacterDevice()).toBe(true);
		}
		expect(readdirSync("/dev").filter((name) => name.includes("pvpkg"))).toEqual([]);
		expect(readdirSync(directory)).toEqual(["null"]);
	});

	test("a FIFO hands the bytes to its reader, and stays a FIFO", async () => {
		const fifo = join(directory, "fifo");
		execFileSync("mkfifo", [fifo]);
		const reader = spawn("cat", [fifo]);
		const chunks: Buffer[] = [];
		reader.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
		const bytes = Buffer.alloc(60_000, "abc");
		writeFileAtomically(fifo, bytes, { output: {} });
		await once(reader, "close");
		expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
		expect(statSync(fifo).isFIFO()).toBe(true);
	});

	test("a link to a descriptor is written through, never replaced", () => {
		const target = join(directory, "target");
		const descriptor = openSync(target, "w");
		const link = join(directory, "stdout");
		symlinkSync(`/dev/fd/${descriptor}`, link);
		writeFileAtomically(link, "text", { output: {} });
		closeSync(descriptor);
		expect(readFileSync(target, "utf8")).toBe("text");
		expect(readdirSync(directory).sort()).toEqual(["stdout", "target"]);
	});

	test("is refused where a file of ours is expected", () => {
		expect(() => PendingFile.create("/dev/null")).toThrow(expect.objectContaining({ code: "ERR_FILE_KIND" }));
	});

	test("a directory is refused before anything is made", () => {
		expect(() => PendingFile.create(directory, { output: {} })).toThrow(
			expect.objectContaining({ code: "ERR_FILE_KIND" }),
		);
		expect(readdirSync(directory)).toEqual([]);
	});
});

test.each(["/dev/null/x", "/dev/null/none/x"])("%s cannot be written, as is known before", (path) => {
	expect(() => checkOutputFile(path)).toThrow(/write: /);
});

needs("Linux").test.each(["/proc/none/x", "/proc/x"])("%s cannot be written, as is known before", (path) => {
	expect(() => checkOutputFile(path)).toThrow(/write: /);
});

test("a place that is still to be made can be written", () => {
	checkOutputFile(join(directory, "a/b/c"));
	expect(readdirSync(directory)).toEqual([]);
});
