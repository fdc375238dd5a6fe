import { expect, test } from "vitest";
import { describeError, exitCodeOf } from "../../src/cli/exit-code.js";
import { PvpkgError } from "../../src/ground/bytes/index.js";

test.each([
	["usage", 2],
	["input", 3],
	["access", 4],
	["verification", 5],
	["transport", 6],
	["defect", 1],
] as const)("an error of kind %s exits with %i", (kind, code) => {
	expect(exitCodeOf(new PvpkgError(kind, "ERR_X", "message"))).toBe(code);
});

test("what nobody threw on purpose is a defect, and says so", () => {
	expect(exitCodeOf(new TypeError("x"))).toBe(1);
	expect(describeError(new TypeError("x"))).toMatchObject({
		code: "ERR_DEFECT",
		message: "x (this is a defect of pvpkg)",
	});
	expect(exitCodeOf(new DOMException("stopped", "AbortError"))).toBe(130);
});

test.each([
	"Array buffer allocation failed",
	"WebAssembly.Memory(): could not allocate memory",
	"Worker terminated due to reaching memory limit: JS heap out of memory",
])("a lack of memory is not a defect: %s", (message) => {
	const error = new RangeError(message);
	expect(exitCodeOf(error)).toBe(6);
	expect(describeError(error).message).toContain("raise the limit");
});

test("-v shows where an error came from, but a verdict came from nowhere", () => {
	expect(describeError(new PvpkgError("input", "ERR_X", "message")).stack).toContain("at ");
	expect(describeError(new PvpkgError("verification", "ERR_X", "message")).stack).toBeUndefined();
});
