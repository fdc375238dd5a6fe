import { utf8ByteString } from "../../ground/bytes/index.js";
import { parseExpression } from "./expression-parser.js";
import { optionError } from "./option-values.js";
import { MOST_CHARACTERS } from "./pattern-node.js";
import { compilePattern, type StepBudget } from "./pattern-program.js";
import { parseWildcards } from "./wildcard-parser.js";

/** A pattern for names of the tree, level by level. */
export interface ExcludePattern {
	/** Returns for each level whether a name matches. What the last one matches is excluded. */
	readonly names: readonly ((name: string) => boolean)[];
	/** Whether the pattern may begin at any level, not only at the root. */
	readonly anywhere: boolean;
}

const ANYWHERE = "... ";
/** Most steps of comparing names with all patterns, which take some seconds. */
const MOST_WORK = 2 ** 28;

/** Returns the work that all patterns of one list may take together. */
export function excludeBudget(): StepBudget {
	return { left: MOST_WORK };
}

/**
 * Parses a pattern of mksquashfs's `-wildcards` (shell patterns, including extended ones) or `-regex`. Patterns
 * match bytes: a `?` is one byte of a name. They come from a src.json, so no pattern may take longer than `budget`.
 * @throws SquashfsError ERR_SQUASHFS_OPTION; so does matching when the budget is used up.
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
	// Only a dot matches a leading dot, as in the shell.
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
