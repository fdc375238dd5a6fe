import { DEFAULT_IMAGE_OPTIONS, type ImageOptions } from "../format/index.js";
import { parseCompressor } from "./compressor-words.js";
import { type ExcludePattern, excludeBudget, parseExclude } from "./exclude-pattern.js";
import { FormatDraft, type TreeChanges } from "./format-draft.js";
import { FORMAT_OPTIONS } from "./format-option-table.js";
import { optionError } from "./option-values.js";

/** The parsed options of mksquashfs. */
export interface FormatOptions {
	readonly image: ImageOptions;
	readonly changes: TreeChanges;
	/** Options that are accepted without effect, and why: a sentence each. */
	readonly notes: readonly string[];
}

/**
 * Parses mksquashfs's options; one string is split at white space. All words after `-e` are excludes, as for
 * mksquashfs.
 * @param defaults values without an option. Default: `DEFAULT_IMAGE_OPTIONS`.
 * @throws SquashfsError ERR_SQUASHFS_OPTION naming the word that is unknown or malformed.
 */
export function parseFormatOptions(
	text: string | readonly string[],
	defaults: ImageOptions = DEFAULT_IMAGE_OPTIONS,
): FormatOptions {
	const words = typeof text === "string" ? text.split(/\s+/).filter((word) => word !== "") : text;
	const draft = new FormatDraft();
	for (let i = 0; i < words.length; ) {
		if (words[i] === "-e") {
			draft.excludes = excludeWords(withoutRootMode(words, draft).slice(i + 1), draft);
			break;
		}
		i += readOption(words, i, draft);
	}
	return finish(draft, defaults);
}

/** Returns how many words an option of mksquashfs takes, itself included; 1 for other words. */
export function formatOptionLength(word: string): 1 | 2 {
	return FORMAT_OPTIONS.get(word)?.argument === undefined && !COMPRESSOR_WORDS.includes(word) ? 1 : 2;
}

/** @returns how many words the option at `i` takes. */
function readOption(words: readonly string[], i: number, draft: FormatDraft): number {
	const word = words[i]!;
	if (word.startsWith("-X")) return readCompressorWord(words, i, draft);
	const option = FORMAT_OPTIONS.get(word);
	if (option === undefined) throw optionError(word, "unknown option");
	if (option.argument === undefined) {
		option.apply(draft, "");
		return 1;
	}
	option.apply(draft, argument(words, i, option.argument));
	return 2;
}

const COMPRESSOR_WORDS = ["-Xbcj", "-Xdict-size", "-Xcompression-level", "-Xwindow-size", "-Xstrategy"];

function readCompressorWord(words: readonly string[], i: number, draft: FormatDraft): number {
	const word = words[i]!;
	const flag = word === "-Xhc";
	if (!flag && !COMPRESSOR_WORDS.includes(word)) throw optionError(word, "unknown option");
	draft.compressorWords.set(word, flag ? "" : argument(words, i, "a value"));
	return flag ? 1 : 2;
}

function argument(words: readonly string[], i: number, expected: string): string {
	const value = words[i + 1];
	if (value === undefined) throw optionError(words[i]!, `expected ${expected}, got nothing`);
	return value;
}

// pvr itself appends this option to those of every package, after excludes too.
function withoutRootMode(words: readonly string[], draft: FormatDraft): readonly string[] {
	if (words.at(-2) !== "-root-mode") return words;
	readOption(words, words.length - 2, draft);
	return words.slice(0, -2);
}

function excludeWords(words: readonly string[], draft: FormatDraft): readonly string[] {
	if (words.length === 0) throw optionError("-e", "expected at least one name, got nothing");
	for (const word of words) {
		if (word === "-e" || !FORMAT_OPTIONS.has(word)) continue;
		draft.notes.push(`${word}: taken as a name to exclude, because it stands after -e`);
	}
	return words.filter((word) => word !== "-e");
}

function finish(draft: FormatDraft, defaults: ImageOptions): FormatOptions {
	const image = { ...defaults, ...draft.image };
	const compressor = parseCompressor(draft, image);
	const { matching, excludes, notes, root } = draft;
	return {
		image: { ...image, compressor },
		changes: {
			excludedPaths: matching === "paths" ? hostless(excludes, notes) : [],
			excludedPatterns: matching === "paths" ? [] : parsePatterns(excludes, matching),
			uid: draft.changes.uid,
			gid: draft.changes.gid,
			mtime: draft.changes.mtime,
			idOffset: draft.changes.idOffset,
			root,
		},
		notes,
	};
}

// For mksquashfs these are files of the host, which are not in the tree.
function hostless(excludes: readonly string[], notes: string[]): readonly string[] {
	const host = (word: string) => /^(\/|\.\/|\.\.\/)/.test(word);
	for (const word of excludes.filter(host)) {
		notes.push(`-e ${word}: excludes nothing: names in the tree are given without ${word.split("/")[0]}/`);
	}
	return excludes.filter((word) => !host(word));
}

// "... NAME" matches at any level. mksquashfs needs it as one word, which a list of words without spaces cannot have.
function parsePatterns(words: readonly string[], matching: "wildcards" | "regex"): ExcludePattern[] {
	const patterns: ExcludePattern[] = [];
	const budget = excludeBudget();
	for (let i = 0; i < words.length; i++) {
		const word = words[i] === "..." && i + 1 < words.length ? `... ${words[++i]}` : words[i]!;
		if (/^(\/|\.\/|\.\.\/)/.test(word)) {
			throw optionError(`-e ${word}`, "expected a pattern from the root of the tree, without / before it");
		}
		patterns.push(parseExclude(word, matching, budget));
	}
	return patterns;
}
