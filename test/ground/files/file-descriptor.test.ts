import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openFileContent, PendingFile } from "../../../src/ground/files/index.js";

let directory: string;
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "file-descriptor-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("a file that becomes shorter is an error that names it", () => {
	const path = join(directory, "file");
	writeFileSync(path, "0123456789");
	const content = openFileContent(path);
	truncateSync(path, 4);
	const target = new Uint8Array(10);
	const expected = { code: "ERR_FILE", message: `${path}: read: the file became shorter while it was read` };
	expect(() => content.read(target, 0)).toThrow(expect.objectContaining(expected));
	content.read(target.subarray(0, 4), 0);
	expect(Buffer.from(target).toString("latin1", 0, 4)).toBe("0123");
	content.close();
});

test("what was not written to a pending file yet cannot be read", () => {
	const file = PendingFile.create(join(directory, "file"));
	file.write(Buffer.from("0123"), 2);
	expect(statSync(file.temporaryPath).size).toBe(6);
	const target = new Uint8Array(3);
	file.read(target, 3);
	expect(Buffer.from(target).toString("latin1")).toBe("123");
	expect(() => file.read(target, 4)).toThrow(
		expect.objectContaining({ code: "ERR_FILE", message: expect.stringMatching(/file: read: /) }),
	);
	file.discard();
});
