import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/commands/index.js";
import { createProgram, wholeProgram } from "../../src/cli/program.js";
import { PROGRAM } from "../support/program.js";

const listed = Object.values(COMMANDS).flatMap((commands) => Object.entries(commands));

test.each(listed)("%s is listed as the command that it loads", async (name, { aliases = [], load }) => {
	const command = (await load())();
	expect([command.name(), ...command.aliases()]).toEqual([name, ...aliases]);
});

test.each(listed)("%s fits a line of 80 columns in the list", (_, { summary }) => {
	expect(summary.length).toBeLessThanOrEqual(60);
	expect(summary).toMatch(/^[a-z].*[^.]$/);
});

describe("the program", () => {
	test("has the one command that the words name, by each of its names", async () => {
		const namesOf = async (...argv: string[]) =>
			(await createProgram(argv)).commands.map((command) => command.name());
		expect(await namesOf("verify", "a.tgz")).toEqual(["verify"]);
		expect(await namesOf("-q", "reset")).toEqual(["checkout"]);
	});

	test("lists all commands where the words name none", async () => {
		const names = listed.map(([name]) => name);
		for (const argv of [[], ["--help"], ["nonsense"]]) {
			expect((await createProgram(argv)).commands.map((command) => command.name())).toEqual(names);
		}
		expect((await createProgram([])).helpInformation()).toContain("\n  checkout, reset ");
	});

	test("has the options of all commands for the script of a shell", async () => {
		const whole = await wholeProgram();
		const completing = await createProgram(["completion", "bash"]);
		for (const program of [whole, completing]) {
			const found = program.commands.find((command) => command.name() === "export");
			expect(found!.options.map(({ long }) => long)).toContain("--platform");
		}
	});
});

test("a limit of open files that is too low for the program's own modules is named, exit 6", () => {
	const { status, stderr } = spawnSync(
		"sh",
		["-c", 'ulimit -n 30 && exec "$0" "$1" export --help', process.execPath, PROGRAM],
		{ encoding: "utf8" },
	);
	expect([status, stderr]).toEqual([6, expect.stringContaining("open files: the limit is too low")]);
});
