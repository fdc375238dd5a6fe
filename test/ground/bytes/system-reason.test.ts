import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BytesError, systemReason } from "../../../src/ground/bytes/index.js";

let directory: string;
beforeAll(() => {
	directory = mkdtempSync(join(tmpdir(), "pvpkg-reason-"));
	writeFileSync(join(directory, "file"), "");
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function failureOf(act: () => unknown): unknown {
	try {
		act();
	} catch (error) {
		return error;
	}
	throw new Error("expected a failure");
}

test.each<[string, string, () => unknown]>([
	["a missing file", "it does not exist", () => readFileSync(join(directory, "nothing"))],
	["a directory", "it is a directory", () => readFileSync(directory)],
	[
		"a file on the way",
		"a part of its path is not a directory",
		() => readFileSync(join(directory, "file/x")),
	],
	["what is there", "it already exists", () => mkdirSync(join(directory, "file"))],
	["a long name", "its name is too long", () => readdirSync(join(directory, "a".repeat(300)))],
])("%s: the system's refusal in plain words, its code in the cause", (_, reason, act) => {
	const cause = failureOf(act);
	const error = BytesError.fromSystem("subject", "open", cause);
	expect(error.message).toBe(`subject: open: ${reason}`);
	expect(error.cause).toBe(cause);
});

test("what has no words of its own keeps Node's, without the call and the path", () => {
	const error = Object.assign(new Error("EXDEV: cross-device link, rename '/a/.b.tmp' -> '/c'"), {
		code: "EXDEV",
	});
	expect(systemReason(error)).toBe("EXDEV: cross-device link");
	expect(systemReason("a string")).toBe("a string");
});
