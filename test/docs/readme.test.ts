import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { wholeProgram } from "../../src/cli/program.js";
import { listCommands, optionsOf } from "../../src/cli/reference.js";

const recipes = readdirSync("docs/recipes").map((name) => `recipes/${name}/`);
const docs = ["", "guides/", ...recipes].flatMap((folder) =>
	readdirSync(`docs/${folder}`).flatMap((name) => (name.endsWith(".md") ? `${folder}${name}` : [])),
);
const pages = ["README.md", "CONTRIBUTING.md", "SECURITY.md", ...docs.map((name) => `docs/${name}`)];
const entries = listCommands(await wholeProgram());

/** Lines of shell blocks and of pipelines that call pvpkg, with continued lines joined. */
function calls(text: string): string[] {
	const blocks = [...text.matchAll(/```(?:sh|yaml)\n([\s\S]*?)```/g)].map(([, body]) =>
		body!.replaceAll("\\\n", " ").replace(/'[^']*'/g, "''"),
	);
	const lines = blocks.flatMap((body) => body.split("\n").flatMap((line) => line.split("#")[0]!.split("&&")));
	const bare = lines.map((line) => line.trim().replace(/^- (run: )?/, ""));
	return bare.filter((line) => line.startsWith("pvpkg "));
}

/** The command that a line calls. */
function entryOf(line: string) {
	const words = line.split(/\s+/).slice(1);
	const two = entries.find(({ words: name }) => name === words.slice(0, 2).join(" "));
	return two ?? entries.find(({ words: name }) => name === words[0]);
}

describe.each(pages)("%s", (page) => {
	const text = readFileSync(page, "utf8");

	test("has no link that leads nowhere", () => {
		const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target]) => target!);
		const dead = links.filter(
			(target) => !/^https?:/.test(target) && !existsSync(join(dirname(page), target)),
		);
		expect(dead).toEqual([]);
	});

	test("calls only commands and options that exist", () => {
		for (const line of calls(text)) {
			const words = line.split(/\s+/).slice(1);
			const entry = entryOf(line);
			expect(entry, line).toBeDefined();
			const known = optionsOf(entry!.command).flatMap(({ short, long }) => [short, long]);
			if (entry!.words === "mksquashfs") continue; // Its options are mksquashfs's.
			const flags = words.filter((word) => /^--?[a-z]/.test(word)).map((word) => word.split("=")[0]!);
			expect(
				flags.filter((flag) => !known.includes(flag)),
				line,
			).toEqual([]);
		}
	});

	test("gives many files only to commands that take many", () => {
		for (const line of calls(text).filter((call) => /\*/.test(call.replace(/ --?[a-z-]+[ =]\S*/g, "")))) {
			const takesMany = entryOf(line)?.command.registeredArguments.some(({ variadic }) => variadic);
			expect([line, takesMany]).toEqual([line, true]);
		}
	});

	test("names only commands that exist in its tables and sentences", () => {
		const prose = text.replaceAll(/^```[\s\S]*?^```/gm, "");
		const named = [...prose.matchAll(/`pvpkg ([a-z][a-z-]*)[^`]*`/g)].map(([, word]) => word!);
		const known = new Set(
			entries.flatMap(({ words, command }) => [words.split(" ")[0]!, ...command.aliases()]),
		);
		// `version` stands for `--version`; the page about documents misspells `exprot` on purpose.
		known.add("version").add("exprot");
		expect(named.filter((word) => !known.has(word))).toEqual([]);
	});

	test("does not tell to install what npm does not have", () => {
		expect(text).not.toMatch(/npx pvpkg|npm install (-g |--global )?pvpkg\b/);
	});
});

test("the example of the README is one that is compiled and run", () => {
	const example = readFileSync("docs/examples/export.ts", "utf8").split("\n").slice(1).join("\n");
	expect(readFileSync("README.md", "utf8")).toContain(`\`\`\`ts\n${example}\`\`\``);
});
