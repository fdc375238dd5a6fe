import { PvpkgError, sha256Hex } from "../../ground/bytes/index.js";
import {
	encodeIndentedJson,
	isJsonObject,
	type JsonObject,
	type JsonValue,
	parseJson,
} from "../../ground/json/index.js";
import { type Descriptor, type Image, type ImageSource, parseDigest } from "../../image/oci/index.js";
import type { IncompleteNote } from "../catalogue/index.js";
import { objectsOf, textOf } from "./json-members.js";

/** A document by the builder of the image, which is kept beside ours. */
export interface CarriedDocument {
	/** SPDX in JSON, formatted. */
	readonly text: string;
	/** Lower-case hex SHA-256 of the text. */
	readonly sha256: string;
	/** The address by which SPDX documents refer to it. */
	readonly namespace: string;
}

export interface CarriedDocuments {
	readonly documents: readonly CarriedDocument[];
	/** Documents that exist but could not be taken over. */
	readonly notes: readonly IncompleteNote[];
}

// https://docs.docker.com/build/metadata/attestations/attestation-storage/
const REFERENCE_TYPE = "vnd.docker.reference.type";
const REFERENCE_DIGEST = "vnd.docker.reference.digest";
const PREDICATE_TYPE = "in-toto.io/predicate-type";
const SPDX_PREDICATE = "https://spdx.dev/Document";

/** Most attestation manifests of one image, and most statements of one manifest. */
const COUNT_LIMIT = 16;
/** Most bytes of a statement. */
const STATEMENT_LIMIT = 1 << 26;

/**
 * Reads the SPDX documents that BuildKit stored beside an image, in the index that the image was chosen from. A
 * document counts only if its statement is about this image.
 * @throws PvpkgError if the network fails, because the same image must not have other documents next time.
 */
export async function readBuildKitDocuments(
	source: ImageSource,
	image: Image,
	signal: AbortSignal | undefined,
): Promise<CarriedDocuments> {
	const reader = new AttestationReader(source, image, signal);
	if (image.index !== undefined) await reader.readIndex(image.index);
	return { documents: reader.documents, notes: reader.notes };
}

/**
 * Parses such a document from the file that it was written to.
 * @param subject the file, for messages.
 * @throws JsonError
 */
export function parseCarried(bytes: Uint8Array, subject: string): CarriedDocument {
	const document = parseJson(bytes, subject);
	return carriedDocument(Buffer.from(bytes).toString("utf8"), isJsonObject(document) ? document : new Map());
}

function carriedDocument(text: string, document: JsonObject): CarriedDocument {
	const sha256 = sha256Hex(text);
	const stated = textOf(document, "documentNamespace");
	const namespace = /^[a-z][a-z0-9+.-]*:[!-"$-~]+$/i.test(stated) ? stated : `urn:pvpkg:buildkit:${sha256}`;
	return { text, sha256, namespace };
}

class AttestationReader {
	readonly documents: CarriedDocument[] = [];
	readonly notes: IncompleteNote[] = [];
	readonly #source: ImageSource;
	readonly #image: Image;
	readonly #signal: AbortSignal | undefined;

	constructor(source: ImageSource, image: Image, signal: AbortSignal | undefined) {
		this.#source = source;
		this.#image = image;
		this.#signal = signal;
	}

	async readIndex({ digest }: Descriptor): Promise<void> {
		const entries = objectsOf(await this.#manifest(digest), "manifests").filter((entry) => {
			const annotations = entry.get("annotations");
			return (
				annotation(annotations, REFERENCE_TYPE) === "attestation-manifest" &&
				annotation(annotations, REFERENCE_DIGEST) === this.#image.digest
			);
		});
		for (const entry of entries.slice(0, COUNT_LIMIT)) {
			const place = textOf(entry, "digest");
			await this.#noting(place, () => this.#readManifest(place));
		}
	}

	async #readManifest(digest: string): Promise<void> {
		const manifest = await this.#manifest(parseDigest(digest, "attestation"));
		const layers = objectsOf(manifest, "layers").filter(
			(layer) => annotation(layer.get("annotations"), PREDICATE_TYPE) === SPDX_PREDICATE,
		);
		for (const layer of layers.slice(0, COUNT_LIMIT)) {
			const place = textOf(layer, "digest");
			await this.#noting(place, async () => this.#addStatement(place, await this.#readLayer(layer)));
		}
	}

	#addStatement(place: string, statement: JsonValue): void {
		const fault = isJsonObject(statement) ? this.#faultOf(statement) : "expected an in-toto statement";
		const predicate = isJsonObject(statement) ? statement.get("predicate") : undefined;
		if (fault !== undefined || !isJsonObject(predicate)) {
			this.notes.push({ path: place, reason: fault ?? "expected an SPDX document as predicate" });
			return;
		}
		this.documents.push(carriedDocument(`${encodeIndentedJson(predicate, "  ")}\n`, predicate));
	}

	/** Returns why a statement is not about this image; undefined if it is. */
	#faultOf(statement: JsonObject): string | undefined {
		if (textOf(statement, "predicateType") !== SPDX_PREDICATE) return "expected a statement about SPDX";
		const digests = objectsOf(statement, "subject").map((subject) =>
			annotation(subject.get("digest"), "sha256"),
		);
		const isMeant = digests.some((digest) => `sha256:${digest}` === this.#image.digest);
		return isMeant ? undefined : "the statement is about another image";
	}

	async #manifest(digest: Descriptor["digest"]): Promise<JsonObject> {
		const { bytes } = await this.#source.fetchManifest(digest, this.#signal);
		const manifest = parseJson(bytes, digest);
		return isJsonObject(manifest) ? manifest : new Map();
	}

	async #readLayer(layer: JsonObject): Promise<JsonValue> {
		const size = Number(layer.get("size"));
		const digest = parseDigest(textOf(layer, "digest"), "attestation");
		if (!(size >= 0 && size <= STATEMENT_LIMIT)) return null;
		const chunks: Uint8Array[] = [];
		const descriptor = { mediaType: textOf(layer, "mediaType"), digest, size };
		for await (const chunk of this.#source.openBlob(descriptor, this.#signal)) chunks.push(chunk);
		return parseJson(Buffer.concat(chunks), digest);
	}

	/**
	 * Calls `read`, and makes a note of missing or damaged data; in offline mode also of data that is not in the
	 * cache.
	 */
	async #noting(path: string, read: () => Promise<void>): Promise<void> {
		try {
			await read();
		} catch (error) {
			const isFinal =
				!(error instanceof PvpkgError) || (error.kind === "transport" && error.code !== "ERR_OFFLINE");
			if (isFinal) throw error;
			this.notes.push({ path, reason: `attestation not read: ${error.message}` });
		}
	}
}

function annotation(value: JsonValue | undefined, name: string): string {
	return isJsonObject(value) ? textOf(value, name) : "";
}
