import { type Content, contentPacking } from "../../ground/bytes/index.js";
import { passContent, readFilePlace } from "../../ground/files/index.js";
import { type BlobFile, type Descriptor, verifyBlob } from "../oci/index.js";
import { RootfsError } from "./errors.js";
import { openChecked, type PackedLayer } from "./layer.js";

/** A layer whose blob lies in an open file, for the thread that reads it there. */
export interface PlacedLayer extends PackedLayer {
	readonly descriptor: Pick<Descriptor, "mediaType" | "digest" | "size">;
	readonly file: Omit<BlobFile, "close">;
}

/** Reads the blob of a placed layer. */
export class PlacedBlob {
	/** Whether its bytes are packed, so that expanding them takes a while. */
	readonly isPacked: boolean;
	readonly #layer: PlacedLayer;
	readonly #content: Content;
	#read = 0;

	constructor(layer: PlacedLayer) {
		this.#layer = layer;
		this.#content = blobContent(layer);
		this.isPacked = isPacked(this.#content);
	}

	/** Bytes that have been read. */
	get read(): number {
		return this.#read;
	}

	/**
	 * Yields the bytes of the layer's archive, checked as `openLayerTar` does. Chunks of a packed layer have memory of
	 * their own; those of a plain one are valid until the next one is requested.
	 * @throws RootfsError; ERR_LAYER_DATA also for a blob that is not what its descriptor says.
	 */
	open(): AsyncGenerator<Uint8Array, void, undefined> {
		return openChecked(
			this.#count(this.#needsCheck ? this.#checked() : passContent(this.#content)),
			this.#layer,
		);
	}

	/** The digest of a plain layer is that of its archive, which is checked anyway. */
	get #needsCheck(): boolean {
		const { file, descriptor, diffId } = this.#layer;
		return !file.isChecked && (this.isPacked || descriptor.digest !== diffId);
	}

	async *#checked(): AsyncGenerator<Uint8Array> {
		const { descriptor, subject } = this.#layer;
		try {
			yield* verifyBlob(passContent(this.#content), descriptor, subject);
		} catch (cause) {
			throw unreadable(subject, cause);
		}
	}

	async *#count(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
		for await (const chunk of chunks) {
			this.#read += chunk.length;
			yield chunk;
		}
	}
}

function blobContent({ subject, descriptor: { size }, file: { file, position } }: PlacedLayer): Content {
	return {
		size,
		read(target, at) {
			try {
				readFilePlace({ file, position: position + at }, (read) => read(target, 0));
			} catch (cause) {
				throw unreadable(subject, cause);
			}
		},
	};
}

/** What is wrong with a file that cannot be read shows where its bytes are read. */
function isPacked(content: Content): boolean {
	try {
		return contentPacking(content) !== undefined;
	} catch {
		return false;
	}
}

/** The layer's own stream, which is read again then, says what is wrong and where (`checkBlob`). */
function unreadable(subject: string, cause: unknown): RootfsError {
	const message = `${subject}: read: ${(cause as Error).message}`;
	return cause instanceof RootfsError ? cause : new RootfsError("ERR_LAYER_DATA", message, { cause });
}
