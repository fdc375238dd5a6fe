import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeDirectory } from "../../../src/ground/files/index.js";
import { needs } from "../../support/needs.js";

let parent: string;
beforeEach(() => {
	parent = mkdtempSync(join(tmpdir(), "pvpkg-test-"));
});
afterEach(() => rmSync(parent, { recursive: true }));

test("makes all that is missing, and takes what is there", () => {
	const path = join(parent, "a/b/c");
	makeDirectory(path, 0o700);
	makeDirectory(path);
	makeDirectory(join(path, ".."));
	expect(statSync(join(parent, "a")).mode & 0o777).toBe(0o700);
	expect(statSync(path).isDirectory()).toBe(true);
});

test.each([
	["a file in the way", "file", "EEXIST"],
	["a file on the way", "file/a", "ENOTDIR"],
	["a file far on the way", "file/a/b", "ENOTDIR"],
])("fails at %s", (_, name, code) => {
	writeFileSync(join(parent, "file"), "");
	expect(() => makeDirectory(join(parent, name))).toThrowError(expect.objectContaining({ code }));
});

needs("Linux").test("ends where a directory takes no other (/proc)", () => {
	expect(() => makeDirectory("/proc/nothing/at/all")).toThrowError(/ENOENT|EACCES|EPERM/);
});
