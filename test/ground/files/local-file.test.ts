import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readFileIfPresent, readFileStart } from "../../../src/ground/files/index.js";
import { needs } from "../../support/needs.js";

let directory: string;
let fifo: string;
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "pvpkg-local-"));
	fifo = join(directory, "fifo");
	execFileSync("mkfifo", [fifo]);
});
afterEach(() => rmSync(directory, { recursive: true }));

test("a FIFO in the place of a file is refused, and nobody is waited for", () => {
	const refused = expect.objectContaining({ code: "ERR_FILE_KIND" });
	expect(() => readFileIfPresent(fifo)).toThrow(refused);
	expect(() => readFileStart(fifo, 1)).toThrow(refused);
});

needs("Linux").test.each(["/dev/fd", "/proc/self/fd"])("a pipe that is open already is read: %s", (place) => {
	const descriptor = openSync(fifo, constants.O_RDWR);
	try {
		writeSync(descriptor, "key");
		expect(String(readFileStart(`${place}/${descriptor}`, 3))).toBe("key");
	} finally {
		closeSync(descriptor);
	}
});
