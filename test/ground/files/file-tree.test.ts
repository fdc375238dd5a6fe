import { execFileSync } from "node:child_process";
import { linkSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { utf8ByteString } from "../../../src/ground/bytes/index.js";
import { readFileStatus } from "../../../src/ground/files/index.js";

let directory: string;
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "file-tree-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test.each([
	["1700000000.999999999", 1_700_000_000],
	["1700000000.000000000", 1_700_000_000],
	["-0.250000000", -1],
	["4294967295.999999999", 4_294_967_295],
])("a file of second %s is of second %i", (time, expected) => {
	const path = join(directory, "file");
	writeFileSync(path, "");
	execFileSync("touch", ["-d", `@${time}`, path]);
	expect(readFileStatus(utf8ByteString(path)).mtime).toBe(expected);
});

test("the names of one file have one identity", () => {
	const [one, two, three] = ["one", "two", "three"].map((name) => join(directory, name));
	writeFileSync(one!, "x");
	linkSync(one!, two!);
	writeFileSync(three!, "x");
	const links = [one, two, three].map((path) => readFileStatus(utf8ByteString(path!)).link);
	expect(links[0]).toMatch(/^\d+:\d+$/);
	expect(links).toEqual([links[0], links[0], undefined]);
});
