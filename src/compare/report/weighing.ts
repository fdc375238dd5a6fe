import { displayByteString } from "../../ground/bytes/index.js";
import type { EntryBody, ImageEntry } from "../../squashfs/read/index.js";
import { type ImageAccount, Ledger } from "./image-account.js";
import { isPackageDatabase } from "./package-databases.js";
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
export type OutlineEntry = EntryBody & Pick<ImageEntry, "path" | "attributes">;

/** An image with its account. */
export interface WeighedImage extends OpenedImage {
	readonly account: ImageAccount;
	/** How many regular files it has, by name. */
	readonly fileCount: number;
	/** Returns these, in its order, if they were wanted; only some reports look at them. */
	readonly files: () => readonly WeighedFile[];
	/** What says which packages it has, directories before what is in them: all but most files. */
	readonly outline: readonly OutlineEntry[];
}

/** Takes the names of an image one by one, and keeps of them what a report needs: an image has many. */
export class Weighing {
	readonly #opened: OpenedImage;
	readonly #ledger: Ledger;
	readonly #outline: OutlineEntry[] = [];
	/** Lists with a place for each file: its index among the names, its path and its size. */
	readonly #indexes: number[] = [];
	readonly #paths: string[] = [];
	readonly #sizes: number[] = [];
	readonly #listsFiles: boolean;
	#fileCount = 0;

	constructor(opened: OpenedImage, { listsFiles }: { readonly listsFiles: boolean }) {
		this.#opened = opened;
		this.#listsFiles = listsFiles;
		this.#ledger = new Ledger(opened.image);
	}

	/** Takes the next name; returns its index in the image. */
	add(entry: ImageEntry): number {
		const index = this.#ledger.add(entry);
		if (entry.kind !== "file" || isPackageDatabase(entry.path)) this.#outline.push(entry);
		if (entry.kind !== "file") return index;
		this.#fileCount++;
		if (!this.#listsFiles) return index;
		this.#indexes.push(index);
		this.#paths.push(displayByteString(entry.path));
		this.#sizes.push(entry.content.size);
		return index;
	}

	/** @throws SquashfsError where the tables of the image are damaged. */
	finish(): WeighedImage {
		const { image, content } = this.#opened;
		const account = this.#ledger.close(content.size);
		const [indexes, paths, sizes] = [this.#indexes, this.#paths, this.#sizes];
		const files = (): WeighedFile[] =>
			paths.map((path, i) => ({ path, size: sizes[i]!, stored: account.stored[indexes[i]!]! }));
		return { image, content, account, fileCount: this.#fileCount, files, outline: this.#outline };
	}
}

/** Weighs an image by itself. @throws SquashfsError where it is damaged. */
export function weighImage(opened: OpenedImage): WeighedImage {
	const weighing = new Weighing(opened, { listsFiles: true });
	for (const entry of opened.image.entries()) weighing.add(entry);
	return weighing.finish();
}
