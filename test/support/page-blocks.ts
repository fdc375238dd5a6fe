import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A code block of a page. */
export interface Block {
	readonly page: string;
	/** Line of its fence, from 1. */
	readonly line: number;
	/** What stands after the fence: `sh`, `json`, ...; maybe empty. */
	readonly language: string;
	readonly text: string;
	/** The heading above it. */
	readonly heading: string;
	/** What the comment above it says. */
	readonly note?: BlockNote;
}

/** `<!-- not run: REASON -->`, `<!-- run by: TEST -->` or `<!-- schema: NAME -->` in the line above a fence. */
export interface BlockNote {
	readonly kind: "not run" | "run by" | "schema";
	readonly text: string;
}

const NOTE = /^<!-- (not run|run by|schema): (.+) -->$/;

/** Every page for readers, with the README and the pages that it leads to. */
export function listPages(): string[] {
	const docs = readdirSync("docs", { recursive: true, encoding: "utf8" });
	return [
		"README.md",
		"CHANGELOG.md",
		"CONTRIBUTING.md",
		"SECURITY.md",
		"bench/README.md",
		"src/ARCHITECTURE.md",
		"src/ground/store/LAYOUT.md",
		...docs
			.filter((path) => path.endsWith(".md"))
			.sort()
			.map((path) => join("docs", path)),
	];
}

/** Returns the code blocks of a page. @throws Error for a fence that nothing closes. */
export function readBlocks(page: string): Block[] {
	const lines = readFileSync(page, "utf8").split("\n");
	const blocks: Block[] = [];
	let heading = "";
	for (let at = 0; at < lines.length; at++) {
		heading = /^#{1,6} (.*)/.exec(lines[at]!)?.[1] ?? heading;
		const [, indent, language] = /^(\s*)```(\S*)/.exec(lines[at]!) ?? [];
		if (language === undefined) continue;
		const end = lines.indexOf(`${indent}\`\`\``, at + 1);
		if (end < 0) throw new Error(`${page}:${at + 1}: a block that nothing closes`);
		const note = parseNote(lines[at - 1]?.trim() ?? "");
		const text = `${lines.slice(at + 1, end).join("\n")}\n`;
		blocks.push({ page, line: at + 1, language, text, heading, ...(note && { note }) });
		at = end;
	}
	return blocks;
}

function parseNote(line: string): BlockNote | undefined {
	const [, kind, text] = NOTE.exec(line) ?? [];
	return kind === undefined ? undefined : { kind: kind as BlockNote["kind"], text: text! };
}
