import {
	chmodSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { removeTree } from "../../../src/ground/files/index.js";
import { needs } from "../../support/needs.js";

let directory: string;

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "removal-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("removes files, directories that may not be written, and names that are not UTF-8", () => {
	mkdirSync(join(directory, "tree/a/b"), { recursive: true });
	writeFileSync(join(directory, "tree/a/b/file"), "");
	writeFileSync(Buffer.concat([Buffer.from(`${directory}/tree/a/`), Buffer.of(0xff, 0x0a)]), "");
	for (const path of ["tree/a/b", "tree/a", "tree"]) chmodSync(join(directory, path), 0o000);
	removeTree(join(directory, "tree"));
	expect(readdirSync(directory)).toEqual([]);
});

test("removes links, and leaves alone what they lead to", () => {
	mkdirSync(join(directory, "tree"));
	writeFileSync(join(directory, "kept"), "");
	symlinkSync("..", join(directory, "tree/up"));
	symlinkSync("../kept", join(directory, "tree/file"));
	removeTree(join(directory, "tree"));
	expect(readdirSync(directory)).toEqual(["kept"]);
});

test("what is absent is not an error", () => {
	removeTree(join(directory, "none/at/all"));
	removeTree(join(directory, "none"));
});

needs("Linux").test("what cannot be removed is named", () => {
	expect(() => removeTree("/proc/self/fd")).toThrow(/^\/proc\/self\/fd: remove: /);
	expect(existsSync("/proc/self/fd")).toBe(true);
});
