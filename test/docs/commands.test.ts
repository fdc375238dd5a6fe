import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Command } from "commander";
import { expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/commands/index.js";
import { wholeProgram } from "../../src/cli/program.js";
import { listCommands, optionsOf, type ReferenceEntry } from "../../src/cli/reference.js";

const FOLDER = "docs/commands";
/** Set this variable to write the pages instead of comparing them. */
const WRITES = process.env.PVPKG_WRITE_DOCS === "1";

const entries = listCommands(await wholeProgram());
const cell = (text: string): string =>
	text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll(/\s+/g, " ");

function exampleOf(command: Command): string {
	let text = "";
	command.configureOutput({
		writeOut: (written) => {
			text += written;
		},
	});
	command.outputHelp();
	return (text.split("\nExample:\n")[1] ?? "").replace(/^ {2}/gm, "").trimEnd();
}

/** Examples that test/docs/blocks.test.ts cannot run, with the comment that says why. */
const NOTES: Readonly<Record<string, string>> = { login: "run by: test/cli/login.test.ts" };

/** One command: usage, arguments, options, example. */
function section({ words, command }: ReferenceEntry, level: string): string {
	const help = command.createHelp();
	const args = help.visibleArguments(command).map((argument) => {
		return `| \`${help.argumentTerm(argument)}\` | ${cell(help.argumentDescription(argument))} |`;
	});
	const options = optionsOf(command).map((option) => {
		return `| \`${cell(option.flags).replaceAll("&lt;", "<")}\` | ${cell(help.optionDescription(option))} |`;
	});
	return [
		`${level} pvpkg ${words}`,
		command.description(),
		`\`\`\`text\n${help.commandUsage(command).replace(/^.*?pvpkg/, "pvpkg")}\n\`\`\``,
		...(args.length > 0 ? [["| argument | |\n|---|---|", ...args].join("\n")] : []),
		["| option | |\n|---|---|", ...options].join("\n"),
		`Example:\n\n${words in NOTES ? `<!-- ${NOTES[words]} -->\n` : ""}\`\`\`sh\n${exampleOf(command)}\n\`\`\``,
	].join("\n\n");
}

function page(name: string): string {
	const own = entries.filter(({ words }) => words === name || words.startsWith(`${name} `));
	return `${own.map((entry, at) => section(entry, at === 0 ? "#" : "##")).join("\n\n")}\n`;
}

function indexPage(): string {
	const groups = Object.entries(COMMANDS).map(([heading, commands]) => {
		const rows = Object.keys(commands).map((name) => {
			const { command } = entries.find(({ words }) => words === name)!;
			return `| [${name}](${name}.md) | ${cell(command.description())} |`;
		});
		return `## ${heading.replace(/:$/, "")}\n\n| command | |\n|---|---|\n${rows.join("\n")}`;
	});
	const head =
		"# Commands\n\nThese pages are made from the commands themselves: `PVPKG_WRITE_DOCS=1 npm test -- dist/test/docs` writes\nthem again, and `npm test` fails while they are out of date.";
	return `${[head, ...groups].join("\n\n")}\n`;
}

const names = Object.values(COMMANDS).flatMap((commands) => Object.keys(commands));
const pages = new Map([
	["README.md", indexPage()],
	...names.map((name) => [`${name}.md`, page(name)] as const),
]);

test.each([...pages])("docs/commands/%s is the help of the command", (name, text) => {
	if (WRITES) {
		mkdirSync(FOLDER, { recursive: true });
		writeFileSync(`${FOLDER}/${name}`, text);
	}
	expect(readFileSync(`${FOLDER}/${name}`, "utf8")).toBe(text);
});

test("docs/commands has no page of a command that is gone", () => {
	expect(readdirSync(FOLDER).sort()).toEqual([...pages.keys()].sort());
});

test("every command has an example that begins with its own words", () => {
	for (const { words, command } of entries)
		expect(exampleOf(command), words).toContain(`pvpkg ${words.split(" ")[0]}`);
});
