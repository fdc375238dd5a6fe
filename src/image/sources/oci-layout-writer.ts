import { join } from "node:path";
import { PendingFile, readFileIfPresent } from "../../ground/files/index.js";
import { parseJson, plainJson } from "../../ground/json/index.js";
import {
	type Digest,
	digestBytes,
	type FetchedManifest,
	OCI_INDEX,
	type Platform,
	parseManifestDocument,
} from "../oci/index.js";
import { SourceError } from "./errors.js";

const NAME = "org.opencontainers.image.ref.name";

/** A manifest for a layout, and the platform that it is of. */
export interface LayoutManifest extends FetchedManifest {
	readonly platform: Platform;
}

/** An image for a layout, with what the lock or a registry calls it. */
export interface LayoutImage {
	readonly name: string;
	/** The index, or the manifest of an image without one. */
	readonly root: FetchedManifest;
	readonly manifests: readonly FetchedManifest[];
}

/** An entry of `index.json`, members that nobody here knows included. */
type Entry = { readonly [member: string]: unknown };
type LayoutIndex = Entry & { readonly manifests: readonly Entry[] };

/**
 * Puts an image into an OCI image layout (image-spec, image-layout.md) in a directory, which is made
 * where there is none; the layout's other images stay. All files get their names in `commit`,
 * `index.json` last, so that it never names what is not there.
 */
export class OciLayoutWriter {
	readonly #directory: string;
	/** `index.json` as it was. */
	readonly #index: LayoutIndex;
	readonly #files: PendingFile[] = [];
	readonly #writing: Promise<void>[] = [];
	readonly #added: Set<Digest> = new Set();

	/** @throws SourceError ERR_SOURCE_FORMAT, OciError when the directory has an `index.json` that is none. */
	constructor(directory: string) {
		this.#directory = directory;
		this.#index = readIndex(join(directory, "index.json"));
	}

	/** Returns whether a blob was added by this writer. */
	has(digest: Digest): boolean {
		return this.#added.has(digest);
	}

	/** Adds a blob, whose bytes `write` has checked. */
	async addBlob(digest: Digest, write: (file: PendingFile) => Promise<void>): Promise<void> {
		this.#added.add(digest);
		const writing = write(this.#create(blobPath(digest)));
		this.#writing.push(writing);
		await writing;
	}

	/** Gives the image its name, in place of what had it; several platforms get an index of their own. */
	commit(manifests: readonly LayoutManifest[], name: string): void {
		const entries = manifests.map((manifest) => this.#addManifest(manifest));
		const [only, ...others] = entries;
		const image = only !== undefined && others.length === 0 ? only : this.#addIndex(entries);
		const listed = replaceNamed(this.#index.manifests, { ...image, annotations: { [NAME]: name } }, name);
		this.#write("oci-layout", { imageLayoutVersion: "1.0.0" });
		this.#write("index.json", { ...this.#index, manifests: listed });
		for (const file of this.#files) file.commit();
	}

	/**
	 * Lists these images and no others, by their names in byte order. Every index is written as it came, with all
	 * that it names, so that the layout depends on the images alone.
	 */
	commitExactly(images: readonly LayoutImage[]): void {
		const manifests = images
			.toSorted((a, b) => (a.name < b.name ? -1 : 1))
			.map(({ name, root, manifests: below }) => {
				for (const { bytes, descriptor } of new Set([root, ...below]))
					this.#addOnce(descriptor.digest, bytes);
				const { mediaType, digest, size } = root.descriptor;
				return { mediaType, digest, size, annotations: { [NAME]: name } };
			});
		this.#write("oci-layout", { imageLayoutVersion: "1.0.0" });
		this.#write("index.json", { schemaVersion: 2, mediaType: OCI_INDEX, manifests });
		for (const file of this.#files) file.commit();
	}

	/** Gives up what was not committed, as soon as nobody writes it any more. May be called after `commit`. */
	async discard(): Promise<void> {
		await Promise.allSettled(this.#writing);
		for (const file of this.#files) file.discard();
	}

	#addOnce(digest: Digest, bytes: Uint8Array): void {
		if (this.#added.has(digest)) return;
		this.#added.add(digest);
		this.#create(blobPath(digest)).write(bytes, 0);
	}

	#addManifest({ bytes, descriptor: { mediaType, digest, size }, platform }: LayoutManifest): Entry {
		this.#create(blobPath(digest)).write(bytes, 0);
		return { mediaType, digest, size, platform };
	}

	#addIndex(manifests: readonly Entry[]): Entry {
		const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
		const digest = digestBytes(bytes);
		this.#create(blobPath(digest)).write(bytes, 0);
		return { mediaType: OCI_INDEX, digest, size: bytes.length };
	}

	#write(name: string, document: object): void {
		this.#create(name).write(Buffer.from(JSON.stringify(document)), 0);
	}

	#create(name: string): PendingFile {
		const file = PendingFile.create(join(this.#directory, name));
		this.#files.push(file);
		return file;
	}
}

function readIndex(path: string): LayoutIndex {
	const bytes = readFileIfPresent(path);
	if (bytes === undefined) return { schemaVersion: 2, manifests: [] };
	const { kind } = parseManifestDocument(bytes, OCI_INDEX, path);
	if (kind !== "index") {
		throw new SourceError("ERR_SOURCE_FORMAT", `${path}: read layout: expected an index, got a manifest`);
	}
	const index = plainJson(parseJson(bytes, path)) as Entry;
	return { ...index, manifests: (index.manifests ?? []) as readonly Entry[] };
}

/** In the place of the first that has the name, else at the end. */
function replaceNamed(entries: readonly Entry[], image: Entry, name: string): Entry[] {
	const isNamed = ({ annotations }: Entry): boolean => (annotations as Entry | undefined)?.[NAME] === name;
	const place = entries.findIndex(isNamed);
	const others = entries.filter((entry) => !isNamed(entry));
	return others.toSpliced(place < 0 ? others.length : place, 0, image);
}

function blobPath(digest: Digest): string {
	return join("blobs", ...digest.split(":"));
}
