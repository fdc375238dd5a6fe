import { afterEach, expect, test, vi } from "vitest";
import { formatTable, Terminal } from "../../src/cli/terminal.js";

afterEach(() => vi.restoreAllMocks());

test("what is said cannot steer the terminal, and holds no secret", () => {
	const said: unknown[] = [];
	vi.spyOn(process.stderr, "write").mockImplementation((text) => said.push(text) > 0);
	const terminal = new Terminal({ json: false, verbosity: "normal", secrets: ["s3cret"] });
	terminal.error("image \u001b[2Jname\r\u009b0m: with s3cret\n\tat line 2");
	expect(said).toEqual([
		expect.stringContaining("image \\u001b[2Jname\\u000d\\u009b0m: with ***\n\tat line 2\n"),
	]);
});

test("a document cannot steer the terminal either, and says the same", () => {
	let printed = "";
	vi.spyOn(process.stdout, "write").mockImplementation((text) => {
		printed += text;
		return true;
	});
	const terminal = new Terminal({ json: true, verbosity: "normal" });
	const value = { name: "a\u009b31mb\u007f\u0085\n\u001b[2J" };
	terminal.result("", value as never);
	terminal.close();
	expect(printed).not.toMatch(/[^\P{Cc}\n]/u);
	expect(JSON.parse(printed)).toMatchObject(value);
});

test("digests that a screen would break go below their line", () => {
	const digest = "0123456789abcdef".repeat(4);
	const rows = [
		["ARCH", "SIZE", "SHA256"],
		["amd64", "1.82 MB", digest],
	];
	expect(formatTable(rows, 200)).toBe(`ARCH      SIZE  SHA256\namd64  1.82 MB  ${digest}`);
	expect(formatTable(rows, 78)).toBe(`ARCH      SIZE\n  SHA256\namd64  1.82 MB\n  ${digest}`);
	const short = [
		["PACKAGE", "ERRORS"],
		["a".repeat(90), "0"],
	];
	expect(formatTable(short, 80).split("\n")).toHaveLength(2);
});

test("counts and sizes stand to the right, below their heading", () => {
	const rows = [
		["FILE", "LAYERS", "SIZE", "VERSION"],
		["a", "1", "55.0 MB", "12.4"],
		["bb", "-", "645 B", "3"],
	];
	expect(formatTable(rows, 80)).toBe(
		["FILE  LAYERS     SIZE  VERSION", "a          1  55.0 MB  12.4", "bb         -    645 B  3"].join("\n"),
	);
});
