import { afterEach, expect, test, vi } from "vitest";
import { Terminal } from "../../src/cli/terminal.js";

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
