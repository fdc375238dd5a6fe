import { utf8ByteString } from "../../ground/bytes/index.js";
import { parseExpression } from "./expression-parser.js";
import { optionError } from "./option-values.js";
import { MOST_CHARACTERS } from "./pattern-node.js";
import { compilePattern, type StepBudget } from "./pattern-program.js";
import { parseWildcards } from "./wildcard-parser.js";

/** A pattern that names of the tree are matched against, level by level. */
export interface ExcludePattern {
	/** One for each level; what the last one matches is excluded. */
	readonly names: readonly ((name: string) => boolean)[];
	/** Starts at any level, not at the root alone. */
	readonly anywhere: boolean;
}

const ANYWHERE = "... ";
/** Most steps that comparing names with all patterns may take: some seconds. */
const MOST_WORK = 2 ** 28;

/** Returns the work that the patterns of one list may be, together. */
export function excludeBudget(): StepBudget {
	return { left: MOST_WORK };
}

/**
 * Reads a pattern of mksquashfs's `-wildcards` (shell patterns, extended ones too) or `-regex`.
 * Patterns match bytes: a `?` is one byte of a name. They come with a src.json, so that no pattern
 * may take longer than `budget`.
 * @throws SquashfsError ERR_SQUASHFS_OPTION; matching does, when the budget is spent.
 */
export function parseExclude(
	text: string,
	matching: "wildcards" | "regex",
	budget: StepBudget = excludeBudget(),
): ExcludePattern {
	if (text.length > MOST_CHARACTERS) {
		const reason = `expected a pattern of at most ${MOST_CHARACTERS} characters, got ${text.length}`;
		throw optionError(`-e ${text.slice(0, 40)}…`, reason);
	}
	const anywhere = text.startsWith(ANYWHERE);
	const path = anywhere ? text.slice(ANYWHERE.length) : text;
	const names = path.split("/").filter((name) => name !== "" && name !== ".");
	if (names.length === 0) throw optionError(`-e ${text}`, "expected the name of something below the root");
	return { anywhere, names: names.map((name) => parseName(name, matching, budget)) };
}

function parseName(
	text: string,
	matching: "wildcards" | "regex",
	budget: StepBudget,
): (name: string) => boolean {
	const bytes = utf8ByteString(text);
	const matches = explained(text, () =>
		compilePattern(matching === "regex" ? parseExpression(bytes) : parseWildcards(bytes), budget),
	);
	// A leading dot is matched by a dot alone, as in the shell.
	const hidden = matching === "regex" || bytes.startsWith(".") || bytes.startsWith("\\.");
	return (name) => (hidden || !name.startsWith(".")) && explained(text, () => matches(name));
}

function explained<T>(text: string, use: () => T): T {
	try {
		return use();
	} catch (cause) {
		if (!(cause instanceof SyntaxError || cause instanceof RangeError)) throw cause;
		throw optionError(`-e ${text}`, `expected a pattern that can be matched, got ${cause.message}`);
	}
}
