import type { BranchFilter, CompressorOptions, Tier } from "../../codec/index.js";
import type { ImageOptions } from "../format/index.js";
import type { FormatDraft } from "./format-draft.js";
import { optionError, parseSize } from "./option-values.js";

type XzOptions = CompressorOptions & { readonly name: "xz" };

/**
 * Returns the compressor that `-comp` and the `-X` options select.
 * @throws SquashfsError ERR_SQUASHFS_OPTION
 */
export function parseCompressor(draft: FormatDraft, image: ImageOptions): CompressorOptions {
	const words = new Map(draft.compressorWords);
	const take = (word: string): string | undefined => {
		const value = words.get(word);
		words.delete(word);
		return value;
	};
	const name = draft.compressor ?? image.compressor.name;
	const base = image.compressor.name === name ? image.compressor : undefined;
	const compressor = compressorOptions(name, base, take, image.blockSize, draft.notes);
	const rest = words.keys().next().value;
	if (rest !== undefined) throw optionError(rest, `unknown option of -comp ${name}`);
	return compressor;
}

type TakeWord = (word: string) => string | undefined;

function compressorOptions(
	name: string,
	base: CompressorOptions | undefined,
	take: TakeWord,
	blockSize: number,
	notes: string[],
): CompressorOptions {
	if (name === "xz") return xzOptions(base?.name === "xz" ? base.tier : "balanced", take, blockSize, notes);
	if (name === "lz4") return { name, highCompression: take("-Xhc") !== undefined };
	const known = base && "level" in base ? base.level : undefined;
	if (name === "zstd") return { name, level: number(take, "-Xcompression-level", 1, 22) ?? known ?? 15 };
	if (name === "gzip") {
		if (take("-Xstrategy")) notes.push("-Xstrategy: ignored: this compressor finds its own strategy");
		const level = number(take, "-Xcompression-level", 1, 9) ?? known ?? 9;
		return { name, level, windowLog: number(take, "-Xwindow-size", 8, 15) ?? 15 };
	}
	throw optionError(`-comp ${name}`, "expected gzip, xz, lz4 or zstd");
}

function number(take: TakeWord, word: string, least: number, most: number): number | undefined {
	const text = take(word);
	if (text === undefined) return undefined;
	const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
	if (value >= least && value <= most) return value;
	throw optionError(word, `expected ${least} to ${most}, got ${text}`);
}

const XZ_FILTERS = ["x86", "arm", "armthumb", "arm64", "powerpc", "sparc", "ia64", "riscv"];

/** The filters that this encoder supports, in an order that does not depend on that of the options. */
const BRANCH_FILTERS: readonly BranchFilter[] = ["x86", "arm", "armthumb", "arm64", "riscv"];

function isBranchFilter(filter: string): boolean {
	return (BRANCH_FILTERS as readonly string[]).includes(filter);
}

function xzOptions(tier: Tier, take: TakeWord, blockSize: number, notes: string[]): XzOptions {
	const filters = take("-Xbcj")?.split(",") ?? [];
	for (const filter of filters) {
		if (!XZ_FILTERS.includes(filter)) {
			throw optionError("-Xbcj", `expected filters of ${XZ_FILTERS.join(", ")}, got ${filter}`);
		}
		if (!isBranchFilter(filter)) {
			notes.push(`-Xbcj ${filter}: ignored: blocks can be filtered for ${BRANCH_FILTERS.join(", ")}`);
		}
	}
	const bcj = BRANCH_FILTERS.filter((filter) => filters.includes(filter));
	const dictionary = take("-Xdict-size");
	return {
		name: "xz",
		tier,
		...(dictionary === undefined ? {} : { dictionarySize: dictionarySize(dictionary, blockSize) }),
		...(bcj.length === 0 ? {} : { bcj: bcj.length === 1 ? bcj[0]! : bcj }),
	};
}

function dictionarySize(text: string, blockSize: number): number {
	const percent = /^(\d+(?:\.\d+)?)%$/.exec(text);
	const size = percent ? Math.floor((blockSize * Number(percent[1])) / 100) : parseSize("-Xdict-size", text);
	const factor = size / (size & -size);
	if (size >= 8192 && size <= blockSize && (factor === 1 || factor === 3)) return size;
	throw optionError(
		"-Xdict-size",
		`expected 2^n or 2^n+2^(n+1) bytes from 8192 to the block size, got ${text}`,
	);
}
