import {
	type BlobFile,
	type Descriptor,
	type Digest,
	digestAlgorithm,
	digestBytes,
	type FetchedManifest,
	type ImageSource,
	OciError,
	parseManifestDocument,
} from "../oci/index.js";
import { SourceError } from "./errors.js";
import { describeManifest, type MemberSet, openBlobFile, readDocument, streamBlob } from "./member-set.js";

/** A manifest or index that is not a blob: the layout's own index, or the manifest of an image directory. */
export interface RootDocument {
	readonly bytes: Uint8Array;
	/** `""` leaves it to the document. */
	readonly mediaType: string;
}

/** An image whose blobs lie at `blobs/ALGORITHM/HEX` of a set of files. */
export function layoutSource(members: MemberSet, entry: Descriptor): ImageSource {
	return new LayoutSource(members, entry);
}

/** The same, of an image whose root is a document by itself. */
export function documentSource(members: MemberSet, document: RootDocument): ImageSource {
	return new LayoutSource(members, document);
}

class LayoutSource implements ImageSource {
	readonly name: string;
	readonly local = true;
	readonly #members: MemberSet;
	readonly #root: Descriptor | RootDocument;
	/** Which manifests are there with all that they need: an index may name one many times. */
	readonly #held = new Map<Digest, boolean>();

	constructor(members: MemberSet, root: Descriptor | RootDocument) {
		this.name = members.name;
		this.#members = members;
		this.#root = root;
	}

	async fetchManifest(digest?: Digest): Promise<FetchedManifest> {
		const root = this.#root;
		if (!("bytes" in root)) {
			return this.#readManifest(digest ?? root.digest, digest === undefined ? root.mediaType : "");
		}
		const document = describeManifest(root.bytes, root.mediaType, this.name);
		const isMeant = digest === undefined || digest === document.descriptor.digest;
		return isMeant ? document : this.#readManifest(digest, "");
	}

	async holds(descriptor: Descriptor): Promise<boolean> {
		const known = this.#held.get(descriptor.digest) ?? (await this.#readHeld(descriptor));
		this.#held.set(descriptor.digest, known);
		return known;
	}

	async #readHeld({ digest, mediaType }: Descriptor): Promise<boolean> {
		const bytes = await readDocument(this.#members, blobPath(digest));
		if (bytes === undefined) return false;
		const needed = neededBlobs(bytes, mediaType, this.name);
		for (const blob of needed) {
			if ((await this.#members.open(blobPath(blob))) === undefined) return false;
		}
		return true;
	}

	async *openBlob(descriptor: Descriptor, signal?: AbortSignal, offset?: number): AsyncGenerator<Uint8Array> {
		const content = await this.#members.open(blobPath(descriptor.digest));
		yield* streamBlob(content, descriptor, this.name, signal, offset);
	}

	async openFile(descriptor: Descriptor): Promise<BlobFile | undefined> {
		const content = await this.#members.open(blobPath(descriptor.digest));
		return openBlobFile(content, descriptor, this.name);
	}

	async close(): Promise<void> {
		this.#members.close();
	}

	async #readManifest(digest: Digest, mediaType: string): Promise<FetchedManifest> {
		const bytes = await readDocument(this.#members, blobPath(digest));
		if (bytes === undefined) {
			const message = `${this.name}: read manifest: ${digest} is not there`;
			throw new SourceError("ERR_BLOB_MISSING", message);
		}
		const got = digestBytes(bytes, digestAlgorithm(digest));
		if (got !== digest) {
			const reason = `the manifest's bytes are wrong, expected ${digest}, got ${got}`;
			throw new OciError("ERR_BLOB_DIGEST", `${this.name}: check digest: ${reason}`);
		}
		const fetched = describeManifest(bytes, mediaType, `${this.name}: ${digest}`);
		return { bytes, descriptor: { ...fetched.descriptor, digest } };
	}
}

/** What a manifest needs besides itself; what is wrong with it shows where it is used. */
function neededBlobs(bytes: Uint8Array, mediaType: string, subject: string): Digest[] {
	try {
		const document = parseManifestDocument(bytes, mediaType, subject);
		if (document.kind === "index") return [];
		const { config, layers } = document.manifest;
		return [config, ...layers]
			.filter(({ urls, data }) => urls === undefined && data === undefined)
			.map(({ digest }) => digest);
	} catch {
		return [];
	}
}

/** Returns where a layout has a blob. */
export function blobPath(digest: Digest): string {
	return `blobs/${digest.replace(":", "/")}`;
}
