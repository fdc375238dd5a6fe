import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/commands/index.js";
import { createProgram, wholeProgram } from "../../src/cli/program.js";
import { IN_THREADS, Workplace } from "../support/command-line.js";
import { noise } from "../support/inodes.js";
import { PROGRAM } from "../support/program.js";
import { tarball } from "../support/tar-builder.js";
import { file } from "../support/tar-members.js";

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
	// Later versions of Node open one module after the other: where they start at all, the limit is enough.
	const opensTogether = process.version.startsWith("v20.");
	const named = expect.stringContaining("open files: the limit is too low");
	expect([status, stderr]).toEqual(opensTogether ? [6, named] : [0, ""]);
});

test.each([40, 48, 56])(
	"a limit of %i open files is named or enough, in workers too, and no defect",
	async (limit) => {
		const place = new Workplace();
		try {
			const members = Array.from({ length: 200 }, (_, at) => file(`etc/${at}`, noise(3000, at)));
			writeFileSync(place.path("rootfs.tar"), tarball(...members, file("bin/app", noise(2_000_000, 1))));
			const wrapper = ["sh", "-c", `ulimit -n ${limit} && exec "$0" "$@"`];
			const args = ["export", "tar:rootfs.tar", "web", "-p", "amd64", "--no-sign", "-o", "web.tgz"];
			const { code, stderr } = await place.run(args, { wrapper, env: { ...IN_THREADS, PVPKG_TIER: "fast" } });
			expect([0, 6], stderr).toContain(code);
			if (code === 6) expect(stderr).toContain("open files: the limit is too low");
			expect(stderr).not.toContain("defect");
		} finally {
			place.remove();
		}
	},
);
