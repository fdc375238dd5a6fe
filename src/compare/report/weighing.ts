import { type ByteString, type Content, displayByteString } from "../../ground/bytes/index.js";
import type { Attributes } from "../../image/rootfs/index.js";
import type { ImageEntry } from "../../squashfs/read/index.js";
import { type ImageAccount, Ledger } from "./image-account.js";
import { type PackageRecord, packageRecordOf } from "./package-records.js";
import type { OpenedImage } from "./stored-comparison.js";

/** Bytes of a file. */
export interface Weight {
	/** Of its content. */
	readonly size: number;
	/** Of the image that are its own. */
	readonly stored: number;
}

/** A regular file of an image. */
export interface WeighedFile extends Weight {
	/** From the root of the image, for reading. */
	readonly path: string;
}

/** A name of an image, and what is there. */
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
	/** How many regular files it has, by name, and what they weigh together. */
	readonly totals: { readonly files: number } & Weight;
	/** Returns these, in its order; only some reports look at them. */
	readonly files: () => readonly WeighedFile[];
	/** What says which packages it has, directories before what is in them: all but most files. */
	readonly outline: readonly OutlineEntry[];
	/** What says of single packages of languages what they are, in the order of the image: there may be thousands. */
	readonly manifests: readonly Manifest[];
}

/** A file that says what one package is, or which files it has. */
export interface Manifest {
	readonly kind: "python" | "node";
	readonly entry: OutlineEntry;
}

/** Takes the names of an image one by one, and keeps of them what a report needs: an image has many. */
export class Weighing {
	readonly #opened: OpenedImage;
	readonly #ledger: Ledger;
	readonly #outline: OutlineEntry[] = [];
	readonly #manifests: Manifest[] = [];
	/** Lists with a place for each file: its index among the names, its path and its size. */
	readonly #indexes: number[] = [];
	readonly #paths: string[] = [];
	readonly #sizes: number[] = [];

	constructor(opened: OpenedImage) {
		this.#opened = opened;
		this.#ledger = new Ledger(opened.image);
	}

	/**
	 * Takes the next name; returns its index in the image.
	 * @param path of it for reading: two images have most of their paths in common, and keep one string for both.
	 */
	add(entry: ImageEntry, path: string): number {
		const index = this.#ledger.add(entry);
		if (entry.kind !== "file") return index;
		this.#indexes.push(index);
		this.#paths.push(path);
		this.#sizes.push(entry.content.size);
		return index;
	}

	/** Keeps of a name what reports of packages need. @param shared the bytes of a file that another image has, too. */
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

	/** @throws SquashfsError where the tables of the image are damaged. */
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

/** Weighs an image by itself. @throws SquashfsError where it is damaged. */
export function weighImage(opened: OpenedImage): WeighedImage {
	const weighing = new Weighing(opened);
	for (const entry of opened.image.entries()) {
		weighing.add(entry, displayByteString(entry.path));
		weighing.outline(entry, recordOf(entry));
	}
	const weighed = weighing.finish();
	// There is nothing to compare it with: all of them say something.
	const manifests = weighed.manifests.map(({ entry }) => entry);
	return { ...weighed, outline: [...weighed.outline, ...manifests] };
}

/** Returns what a name says of packages. */
export function recordOf(entry: ImageEntry): PackageRecord | undefined {
	return entry.kind === "file" ? packageRecordOf(entry.path) : undefined;
}
