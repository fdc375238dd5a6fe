import { createHash } from "node:crypto";
import {
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
import { afterEach, beforeEach, expect, test } from "vitest";
import { FileChanges } from "../../../src/ground/files/index.js";

let directory: string;
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "pvpkg-changes-"));
	writeFileSync(join(directory, "old"), "old");
});
afterEach(() => rmSync(directory, { recursive: true }));

const read = (name: string): string => readFileSync(join(directory, name), "utf8");

test("nothing changes before the commit, and nothing stays of what was given up", () => {
	const changes = new FileChanges(directory);
	changes.write("new", "new");
	changes.remove("old");
	expect([changes.decides("new"), changes.decides("old"), changes.decides("other")]).toEqual([
		"written",
		"removed",
		undefined,
	]);
	expect(existsSync(join(directory, "new"))).toBe(false);
	changes.discard();
	expect(readdirSync(directory)).toEqual(["old"]);
});

test("the last word on a name counts", () => {
	const changes = new FileChanges(directory);
	changes.remove("old");
	changes.write("old", "other");
	changes.write("new", "new");
	changes.remove("new");
	changes.commit();
	expect(read("old")).toBe("other");
	expect(existsSync(join(directory, "new"))).toBe(false);
});

test("a name that is written again after its removal is never absent", () => {
	const changes = new FileChanges(directory);
	changes.write("occupied", "a file cannot take the place of a directory");
	changes.remove("old");
	changes.write("old", "other");
	mkdirSync(join(directory, "occupied/by"), { recursive: true });
	expect(() => changes.commit()).toThrow();
	expect(read("old")).toBe("old");
});

test("a second name that is given again leaves no third one", () => {
	for (const _ of [1, 2]) {
		const changes = new FileChanges(directory);
		changes.link("second", join(directory, "old"));
		changes.commit();
	}
	expect(readdirSync(directory).sort()).toEqual(["old", "second"]);
	expect(statSync(join(directory, "old")).nlink).toBe(2);
});

test("a second name tells what it is of, and nobody may write to it", () => {
	const changes = new FileChanges(directory);
	const sha256 = createHash("sha256").update("old").digest("hex");
	expect(changes.link("second", join(directory, "old"))).toBe(sha256);
	changes.commit();
	expect(statSync(join(directory, "old")).mode & 0o777).toBe(0o444);
});

// Whoever may write to a store could put one where a sound object was.
test("a symbolic link gets no second name, and what it leads to keeps its mode", () => {
	mkdirSync(join(directory, "other"));
	writeFileSync(join(directory, "other/victim"), "", { mode: 0o644 });
	symlinkSync("other/victim", join(directory, "link"));
	const changes = new FileChanges(directory);
	expect(() => changes.link("second", join(directory, "link"))).toThrow();
	changes.discard();
	expect(readdirSync(directory).sort()).toEqual(["link", "old", "other"]);
	expect(statSync(join(directory, "other/victim")).mode & 0o777).toBe(0o644);
});

test("directories go with their last file", () => {
	mkdirSync(join(directory, "a/b"), { recursive: true });
	writeFileSync(join(directory, "a/b/c"), "");
	const changes = new FileChanges(directory);
	changes.remove("a/b/c");
	changes.commit();
	expect(readdirSync(directory)).toEqual(["old"]);
});
