import type { FormatDraft } from "./format-draft.js";
import { optionError, parseSize } from "./option-values.js";

/** One of mksquashfs's options. */
interface FormatOption {
	/** What the word after it must be; absent for an option without an argument. */
	readonly argument?: string;
	apply(draft: FormatDraft, argument: string): void;
}

type Entry = readonly [name: string, option: FormatOption];

function flag(names: string, apply: (draft: FormatDraft) => void): Entry[] {
	return names.split(" ").map((name) => [name, { apply }]);
}

function valued(names: string, argument: string, apply: FormatOption["apply"]): Entry[] {
	return names.split(" ").map((name) => [name, { argument, apply }]);
}

function ignored(names: string, argument?: string): Entry[] {
	const option = { apply() {} };
	return names.split(" ").map((name) => [name, argument === undefined ? option : { ...option, argument }]);
}

function noted(names: string, reason: string, argument?: string): Entry[] {
	return names.split(" ").map((name) => {
		const apply = (draft: FormatDraft): void => void draft.notes.push(`${name}: ignored: ${reason}`);
		return [name, argument === undefined ? { apply } : { argument, apply }];
	});
}

function refused(names: string, reason: string): Entry[] {
	return names.split(" ").map((name) => [
		name,
		{
			apply() {
				throw optionError(name, reason);
			},
		},
	]);
}

const U32 = "a number from 0 to 4294967295";

function u32(option: string, text: string): number {
	const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
	if (value <= 0xffffffff) return value;
	throw optionError(option, `expected ${U32}, got ${text}`);
}

function rootMode(text: string): number {
	if (/^[0-7]{1,5}$/.test(text) && Number.parseInt(text, 8) <= 0o7777) return Number.parseInt(text, 8);
	throw optionError("-root-mode", `expected octal permissions up to 7777, got ${text}`);
}

function blockSize(text: string): number {
	const size = parseSize("-b", text);
	if (size >= 4096 && size <= 1 << 20 && Number.isInteger(Math.log2(size))) return size;
	throw optionError("-b", `expected a power of two from 4K to 1M, got ${text}`);
}

const ELSEWHERE = "the file it names would have to be on every machine that builds this package";

/** All options of mksquashfs 4.5, and important ones of later versions, by name. */
export const FORMAT_OPTIONS: ReadonlyMap<string, FormatOption> = new Map([
	...valued("-comp", "a compressor", (draft, name) => {
		draft.compressor = name;
	}),
	...valued("-b", "a block size", (draft, text) => {
		draft.image = { ...draft.image, blockSize: blockSize(text) };
	}),
	...imageFlags(),
	...treeChanges(),
	...flag("-wildcards", (draft) => {
		draft.matching = "wildcards";
	}),
	...flag("-regex", (draft) => {
		draft.matching = "regex";
	}),
	...noted("-noId -noIdTableCompression", "some kernels refuse id tables that are not compressed"),
	...ignored("-noappend -no-progress -progress -quiet -info -no-recovery -reproducible -exit-on-error"),
	...ignored("-one-file-system -no-strip -no-sparse -percentage"),
	...ignored("-processors -mem -mem-percent -throttle -limit -recovery-path", "a value"),
	...refused("-not-reproducible", "images are always reproducible"),
	...refused("-no-hardlinks", "hard links stay hard links"),
	...refused("-ef -sort -pf -action-file -log-action-file", ELSEWHERE),
	...refused("-p -action -log-action -true-action -false-action", "the tree is what the layers say"),
	...refused("-xattrs-exclude -xattrs-include -xattrs-add", "attributes are stored all or not at all"),
	...refused("-keep-as-directory -root-becomes", "the tree's root is the image's"),
	...refused("-offset -o", "the image starts where the file does"),
	...refused("-tar -tarstyle -cpiostyle -cpiostyle0 -recover", "the source is given elsewhere"),
]);

function imageFlags(): Entry[] {
	const set = (names: string, values: FormatDraft["image"]): Entry[] =>
		flag(names, (draft) => {
			draft.image = { ...draft.image, ...values };
		});
	const raw = { rawInodes: true, rawData: true, rawFragments: true, rawXattrs: true };
	return [
		...set("-noI -noInodeCompression", { rawInodes: true }),
		...set("-noD -noDataCompression", { rawData: true }),
		...set("-noF -noFragmentCompression", { rawFragments: true }),
		...set("-noX -noXattrCompression", { rawXattrs: true }),
		...set("-no-compression", raw),
		...set("-no-fragments", { fragments: "none" }),
		...set("-always-use-fragments -tailends", { fragments: "always" }),
		...set("-no-tailends", { fragments: "small" }),
		...set("-no-duplicates", { duplicates: false }),
		...set("-exports", { exportable: true }),
		...set("-no-exports", { exportable: false }),
		...set("-xattrs", { xattrs: true }),
		...set("-no-xattrs", { xattrs: false }),
		...set("-nopad", { pad: false }),
		...valued("-mkfs-time -fstime", U32, (draft, text) => {
			draft.image = { ...draft.image, modificationTime: u32("-mkfs-time", text) };
		}),
	];
}

function treeChanges(): Entry[] {
	const ofAll = (names: string, field: "uid" | "gid" | "mtime"): Entry[] =>
		valued(names, U32, (draft, text) => {
			draft.changes = { ...draft.changes, [field]: u32(names.split(" ")[0]!, text) };
		});
	const ofRoot = (name: string, field: "uid" | "gid" | "mtime"): Entry[] =>
		valued(name, U32, (draft, text) => {
			draft.root = { ...draft.root, [field]: u32(name, text) };
		});
	return [
		...flag("-all-root -root-owned", (draft) => {
			draft.changes = { ...draft.changes, uid: 0, gid: 0 };
		}),
		...ofAll("-force-uid", "uid"),
		...ofAll("-force-gid", "gid"),
		...ofAll("-all-time -inode-time", "mtime"),
		...valued("-uid-gid-offset", U32, (draft, text) => {
			draft.changes = { ...draft.changes, idOffset: u32("-uid-gid-offset", text) };
		}),
		...ofRoot("-root-uid", "uid"),
		...ofRoot("-root-gid", "gid"),
		...ofRoot("-root-time", "mtime"),
		...valued("-root-mode", "octal permissions", (draft, text) => {
			draft.root = { ...draft.root, mode: rootMode(text) };
		}),
	];
}
