import { type ByteString, type Content, displayByteString } from "../../ground/bytes/index.js";
import type { Attributes } from "../../image/rootfs/index.js";
import type { ImageEntry } from "../../squashfs/read/index.js";
import { type ImageAccount, Ledger } from "./image-account.js";
import { type PackageRecord, packageRecordOf } from "./package-records.js";
import type { OpenedImage } from "./stored-comparison.js";

/** Weight of a file, in bytes. */
export interface Weight {
	/** Size of its content. */
	readonly size: number;
	/** Bytes that it takes in the image. */
	readonly stored: number;
}

/** A regular file of an image. */
export interface WeighedFile extends Weight {
	/** Path from the root of the image, for messages. */
	readonly path: string;
}

/** A name of an image, and its inode. */
export type OutlineEntry = {
	readonly path: ByteString;
	readonly attributes: Readonly<Attributes>;
} & (
	| { readonly kind: "directory" }
	| { readonly kind: "symlink"; readonly target: ByteString }
	/** In an overlay, what hides a name of the image below. */
	| { readonly kind: "character-device"; readonly major: number; readonly minor: number }
	| { readonly kind: "file"; readonly content: Content }
);

/** An image with its account. */
export interface WeighedImage extends OpenedImage {
	readonly account: ImageAccount;
	/** Number of regular files, by name, and their weight together. */
	readonly totals: { readonly files: number } & Weight;
	/** Returns the regular files in order. Only some reports need them. */
	readonly files: () => readonly WeighedFile[];
	/** Names that decide which packages the image has: all but most files, and directories before their contents. */
	readonly outline: readonly OutlineEntry[];
	/** Manifests of single packages of languages, in the order of the image. There may be thousands. */
	readonly manifests: readonly Manifest[];
}

/** A file that describes one package, or lists its files. */
export interface Manifest {
	readonly kind: "python" | "node";
	readonly entry: OutlineEntry;
}

/** Takes the names of an image one by one. It keeps only what a report needs, as an image has many names. */
export class Weighing {
	readonly #opened: OpenedImage;
	readonly #ledger: Ledger;
	readonly #outline: OutlineEntry[] = [];
	readonly #manifests: Manifest[] = [];
	/** These lists have an element for each file: its index among the names, its path and its size. */
	readonly #indexes: number[] = [];
	readonly #paths: string[] = [];
	readonly #sizes: number[] = [];

	constructor(opened: OpenedImage) {
		this.#opened = opened;
		this.#ledger = new Ledger(opened.image);
	}

	/**
	 * Adds the next name.
	 * @param path the path for messages. Two images share most paths, and so keep one string for both.
	 * @returns its index in the image.
	 */
	add(entry: ImageEntry, path: string): number {
		const index = this.#ledger.add(entry);
		if (entry.kind !== "file") return index;
		this.#indexes.push(index);
		this.#paths.push(path);
		this.#sizes.push(entry.content.size);
		return index;
	}

	/**
	 * Keeps what reports of packages need of a name. @param shared the content, if another image has the file
	 * too.
	 */
	outline(entry: ImageEntry, record: PackageRecord | undefined, shared?: Content): void {
		const { kind, path, attributes } = entry;
		if (kind === "directory") this.#outline.push({ kind, path, attributes });
		if (kind === "symlink") this.#outline.push({ kind, path, attributes, target: entry.target });
		if (kind === "character-device") {
			this.#outline.push({ kind, path, attributes, major: entry.major, minor: entry.minor });
		}
		if (kind !== "file" || record === undefined) return;
		const file = { kind, path, attributes, content: shared ?? entry.content };
		if (record === "python" || record === "node") this.#manifests.push({ kind: record, entry: file });
		else this.#outline.push(file);
	}

	/** Returns the weighed image. @throws SquashfsError if its tables are damaged. */
	finish(): WeighedImage {
		const { image, content } = this.#opened;
		const account = this.#ledger.close(content.size);
		const [indexes, paths, sizes] = [this.#indexes, this.#paths, this.#sizes];
		const files = (): WeighedFile[] =>
			paths.map((path, i) => ({ path, size: sizes[i]!, stored: account.stored[indexes[i]!]! }));
		const [outline, manifests] = [this.#outline, this.#manifests];
		const totals = { files: paths.length, size: sum(sizes), stored: sum(account.stored) };
		return { image, content, account, totals, files, outline, manifests };
	}
}

function sum(numbers: readonly number[]): number {
	return numbers.reduce((total, each) => total + each, 0);
}

/** Weighs an image by itself. @throws SquashfsError if it is damaged. */
export function weighImage(opened: OpenedImage): WeighedImage {
	const weighing = new Weighing(opened);
	for (const entry of opened.image.entries()) {
		weighing.add(entry, displayByteString(entry.path));
		weighing.outline(entry, recordOf(entry));
	}
	const weighed = weighing.finish();
	// Without a counterpart every manifest is needed.
	const manifests = weighed.manifests.map(({ entry }) => entry);
	return { ...weighed, outline: [...weighed.outline, ...manifests] };
}

/** Returns what a name says about packages. */
export function recordOf(entry: ImageEntry): PackageRecord | undefined {
	return entry.kind === "file" ? packageRecordOf(entry.path) : undefined;
}
