import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

let directory: string;
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "file-content-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("a pipe is refused at once, not waited for", () => {
	const pipe = join(directory, "pipe");
	execFileSync("mkfifo", [pipe]);
	const bytes = new URL("../../../src/ground/files/index.js", import.meta.url).href;
	const script = `
		const { openFileContent } = await import(${JSON.stringify(bytes)});
		try { openFileContent(${JSON.stringify(pipe)}); } catch ({ code }) { console.log(code); }`;
	const options = { encoding: "utf8", timeout: 100_000, killSignal: "SIGKILL" } as const;
	const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], options);
	expect(stdout).toBe("ERR_FILE_KIND\n");
});
