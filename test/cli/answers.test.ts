import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { createProgram } from "../../src/cli/program.js";
import { PROGRAM } from "../support/program.js";

/** Returns what commander prints for an option on a terminal of so many columns, or where there is none. */
async function commanderAnswer(option: string, columns?: number): Promise<string> {
	const printed: string[] = [];
	const program = await createProgram([option]);
	program.configureOutput({ getOutHelpWidth: () => columns!, writeOut: (text) => void printed.push(text) });
	expect(() => program.parse([option], { from: "user" })).toThrow();
	return printed.join("");
}

/** Returns what the installed program prints, as if standard output were a terminal of so many columns. */
function installedAnswer(option: string, columns?: number, program: string = PROGRAM): string {
	const terminal = `data:text/javascript,Object.assign(process.stdout,{isTTY:true,columns:${columns}})`;
	const preload = columns === undefined ? [] : ["--import", terminal];
	const { status, stdout, stderr } = spawnSync(process.execPath, [...preload, program, option], {
		encoding: "utf8",
	});
	expect([status, stderr]).toEqual([0, ""]);
	return stdout;
}

const OPTIONS = ["--version", "-V", "--help", "-h"];

test.each(OPTIONS)("%s alone prints what commander prints, on terminals of any width", async (option) => {
	for (const columns of [undefined, 50, 100]) {
		expect(installedAnswer(option, columns)).toBe(await commanderAnswer(option, columns));
	}
});

test("from 80 columns on the help does not depend on the width", async () => {
	const help = installedAnswer("--help");
	for (let columns = 80; columns <= 300; columns++) {
		expect(await commanderAnswer("--help", columns)).toBe(help);
	}
	expect(await commanderAnswer("--help", 50)).not.toBe(help);
});

test("the answers need none of the modules of the command line", () => {
	const place = mkdtempSync(join(tmpdir(), "pvpkg-answers-"));
	try {
		writeFileSync(join(place, "package.json"), '{"type":"module"}');
		for (const name of ["rolldown-runtime.js", "cli/main.js", "cli/answers.json"]) {
			cpSync(join(dirname(PROGRAM), "..", name), join(place, name));
		}
		expect(installedAnswer("--help", undefined, join(place, "cli/main.js"))).toContain("Usage: pvpkg");
	} finally {
		rmSync(place, { recursive: true });
	}
});
