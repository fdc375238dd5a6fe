import type { ContentStore } from "../../ground/store/index.js";
import { type Digest, type FetchedManifest, parseDigest } from "../oci/index.js";

/**
 * Manifests in the content store: each a blob, with a record by digest for its media type,
 * and one by the source's name for what its tag last meant.
 */
export class ManifestCache {
	readonly #store: ContentStore;
	readonly #name: string;

	constructor(store: ContentStore, sourceName: string) {
		this.#store = store;
		this.#name = sourceName;
	}

	/** Returns whether the tag was ever fetched. */
	knowsTag(): boolean {
		return this.#store.readRecord(this.#name) !== undefined;
	}

	/** The manifest of a digest, else what the tag last meant; `undefined` unless whole and sound. */
	async read(digest: Digest | undefined): Promise<FetchedManifest | undefined> {
		const record = parseRecord(this.#store.readRecord(digest ?? this.#name));
		if (record === undefined || (digest !== undefined && record.digest !== digest)) return undefined;
		if (!(await this.#store.verifyBlob(record.digest))) return undefined;
		const bytes = this.#readBlob(record.digest);
		this.#store.touch(record.digest, Date.now());
		return { descriptor: { ...record, size: bytes.length }, bytes };
	}

	#readBlob(digest: Digest): Uint8Array {
		const content = this.#store.openContent(digest);
		try {
			const bytes = Buffer.alloc(content.size);
			content.read(bytes, 0);
			return bytes;
		} finally {
			content.close();
		}
	}

	/** Keeps a manifest that was asked for by `digest`, or by the source's tag when there is none. */
	write({ descriptor, bytes }: FetchedManifest, digest: Digest | undefined): void {
		this.#store.putBlob(descriptor.digest, bytes);
		const record = `${descriptor.digest} ${descriptor.mediaType} ${this.#name}\n`;
		this.#store.writeRecord(descriptor.digest, record);
		if (digest === undefined) this.#store.writeRecord(this.#name, record);
	}
}

/** A damaged record counts as none: the manifest is asked for again. */
function parseRecord(text = ""): { readonly mediaType: string; readonly digest: Digest } | undefined {
	const [, digest, mediaType] = /^(sha\d+:[0-9a-f]+) (\S*) .*\n$/.exec(text) ?? [];
	return digest === undefined ? undefined : { digest: parseDigest(digest), mediaType: mediaType! };
}
