import { displayByteString } from "../../ground/bytes/index.js";
import type { ImageEntry } from "../../squashfs/read/index.js";
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

/** An image with its account. */
export interface WeighedImage extends OpenedImage {
	readonly account: ImageAccount;
	/** How many regular files it has, by name. */
	readonly fileCount: number;
	/** These, in its order, if they are wanted. */
	readonly files: readonly WeighedFile[];
	/** What says which packages it has, in its order: all that is not a file, databases, and files that may differ. */
	readonly outline: readonly ImageEntry[];
}

/** Takes the names of an image one by one, and keeps of them what a report needs: an image has many. */
export class Weighing {
	readonly #opened: OpenedImage;
	readonly #ledger: Ledger;
	readonly #files: { readonly index: number; readonly path: string; readonly size: number }[] = [];
	readonly #outline: ImageEntry[] = [];
	readonly #listsFiles: boolean;
	#fileCount = 0;

	constructor(opened: OpenedImage, { listsFiles }: { readonly listsFiles: boolean }) {
		this.#opened = opened;
		this.#listsFiles = listsFiles;
		this.#ledger = new Ledger(opened.image);
	}

	/** Takes the next name; returns its index in the image. @param mayDiffer whether it is looked at again. */
	add(entry: ImageEntry, mayDiffer: boolean): number {
		const index = this.#ledger.add(entry);
		if (entry.kind !== "file" || mayDiffer || isPackageDatabase(entry.path)) this.#outline.push(entry);
		if (entry.kind !== "file") return index;
		this.#fileCount++;
		if (this.#listsFiles) {
			this.#files.push({ index, path: displayByteString(entry.path), size: entry.content.size });
		}
		return index;
	}

	/** @throws SquashfsError where the tables of the image are damaged. */
	finish(): WeighedImage {
		const { image, content } = this.#opened;
		const account = this.#ledger.close(content.size);
		const files = this.#files.map(({ index, path, size }) => ({
			path,
			size,
			stored: account.stored[index]!,
		}));
		return { image, content, account, fileCount: this.#fileCount, files, outline: this.#outline };
	}
}

/** Weighs an image by itself. @throws SquashfsError where it is damaged. */
export function weighImage(opened: OpenedImage): WeighedImage {
	const weighing = new Weighing(opened, { listsFiles: true });
	for (const entry of opened.image.entries()) weighing.add(entry, false);
	return weighing.finish();
}
