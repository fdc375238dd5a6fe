import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FileChanges, placeBelow } from "../../../src/ground/files/index.js";

let directory: string;

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "below-"));
	mkdirSync(join(directory, "real"));
	mkdirSync(join(directory, "tree/in"), { recursive: true });
	symlinkSync("../real", join(directory, "tree/link"));
	symlinkSync("nowhere", join(directory, "tree/in/dangling"));
	writeFileSync(join(directory, "tree/file"), "");
	symlinkSync("tree", join(directory, "alias"));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe("a path below a directory", () => {
	test.each(["in/a", "new/deep/a", "file", "file/a", "in", "./in//a"])("%s is its own", (name) => {
		expect(placeBelow(join(directory, "tree"), name)).toBe(join(directory, "tree", name));
	});

	test.each(["link", "link/a", "in/dangling", "in/dangling/a", "../real/a", "in/../../real"])(
		"%s is refused with the name of what leads out",
		(name) => {
			expect(() => placeBelow(join(directory, "tree"), name)).toThrow(
				expect.objectContaining({
					code: "ERR_FILE_KIND",
					message: expect.stringContaining(`${join(directory, "tree")} itself`),
				}),
			);
		},
	);

	test("the directory itself may be a link: the user named it", () => {
		expect(placeBelow(join(directory, "alias"), "in/a")).toBe(join(directory, "alias/in/a"));
	});
});

test("changes to a directory never go through a link, nor through one that appears before the commit", () => {
	const changes = new FileChanges(join(directory, "tree"));
	expect(() => changes.write("link/a", "x")).toThrow(/is a symbolic link/);
	expect(() => changes.makeDirectory("link/a")).toThrow(/is a symbolic link/);
	changes.write("later/a", "x");
	rmSync(join(directory, "tree/later"), { recursive: true });
	symlinkSync("../real", join(directory, "tree/later"));
	expect(() => changes.commit()).toThrow(/later: open: is a symbolic link/);
	changes.remove("link/a");
	expect(() => changes.commit()).toThrow(/is a symbolic link/);
});
