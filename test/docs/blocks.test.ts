import { existsSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../support/needs.js";
import { type Block, listPages, readBlocks } from "../support/page-blocks.js";
import { BEGIN_EMPTY, SET_UPS } from "../support/page-set-ups.js";
import { ReaderMachine } from "../support/reader-machine.js";
import { schemaProblems } from "../support/schemas.js";

// Every code block of the README and of every page runs, or is checked, or says in the line above it why not:
// `<!-- not run: REASON -->`, or `<!-- run by: TEST -->` where another test does.

const blocks = listPages().flatMap(readBlocks);
const at = ({ page, line }: Block): string => `${page}:${line}`;
/** In these pages every block stands for itself: they are made from the commands. */
const standAlone = (page: string): boolean => page.startsWith("docs/commands/");
const runs = ({ language, note }: Block): boolean => language === "sh" && note === undefined;

test("every block is of a kind that is checked, or says why it is not", () => {
	const silent = blocks.filter(({ page, language, note, text }) => {
		if (note?.kind === "not run") return note.text.length < 10;
		if (note?.kind === "run by") return !existsSync(note.text);
		if (language === "sh" || language === "json") return false;
		// Declarations and examples are compared below; a drawing has no command to copy.
		if (language === "ts") return false;
		return language !== "text" || (!standAlone(page) && /^\$? ?pvpkg /m.test(text));
	});
	expect(silent.map(at)).toEqual([]);
});

describe("shell blocks", () => {
	let machine: ReaderMachine;
	beforeAll(async () => {
		machine = await ReaderMachine.start();
		await machine.makeBelongings();
	});
	afterAll(() => machine.close());

	const scripts = new Map<string, Block[]>();
	for (const block of blocks.filter(runs)) {
		const name = standAlone(block.page) ? `${block.page} ${block.heading}` : block.page;
		scripts.set(name, [...(scripts.get(name) ?? []), block]);
	}
	const program = (list: readonly Block[]): string[] =>
		["openssl", "jq"].filter((name) =>
			list.some(({ text }) => new RegExp(`\\b${name} |kms-sign`).test(text)),
		);

	for (const [name, list] of scripts) {
		needs(...program(list)).test(name, { timeout: 600_000 }, async () => {
			const script = [SET_UPS[name] ?? "", ...list.map(({ text }) => text)].join("\n");
			const from = BEGIN_EMPTY.has(list[0]!.page) ? "empty" : "belongings";
			expect(await machine.run(script, from)).toEqual(expect.any(String));
		});
	}

	test("every set-up belongs to a block", () => {
		expect(Object.keys(SET_UPS).filter((name) => !scripts.has(name))).toEqual([]);
	});
});

describe("JSON blocks are valid by their schemas", () => {
	const documents = blocks.filter(({ language, note }) => language === "json" && note?.kind !== "not run");
	const pages = [...new Set(documents.map(({ page }) => page))];

	test.each(pages)("%s", (page) => {
		const problems = documents.filter((block) => block.page === page).flatMap(problemsOf);
		expect(problems).toEqual([]);
	});
});

function problemsOf(block: Block): string[] {
	const document = JSON.parse(block.text) as { readonly spec?: string };
	const named = /^pvpkg\/(.*)@1$/.exec(document.spec ?? "")?.[1];
	const schema = block.note?.kind === "schema" ? block.note.text : named;
	if (schema === undefined) return [`${at(block)}: expected a spec, or <!-- schema: NAME --> above`];
	return schemaProblems(schema, document).map((problem) => `${at(block)}: ${problem}`);
}

test("TypeScript blocks are examples that are compiled and run", () => {
	const code = blocks.filter(({ page, language }) => language === "ts" && !page.startsWith("docs/api/"));
	const examples = ["export"].map((name) => readFileSync(`docs/examples/${name}.ts`, "utf8"));
	for (const block of code)
		expect(
			examples.some((example) => example.endsWith(block.text)),
			at(block),
		).toBe(true);
});
