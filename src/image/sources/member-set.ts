import { type Content, contentBytes } from "../../ground/bytes/index.js";
import { streamContent } from "../../ground/files/index.js";
import {
	type Descriptor,
	digestBytes,
	type FetchedManifest,
	MAX_MANIFEST_SIZE,
	manifestMediaType,
	OciError,
	verifyBlob,
} from "../oci/index.js";
import { SourceError } from "./errors.js";

/** The files of a layout, wherever they are: a directory, a tar archive, a zip. */
export interface MemberSet {
	/** For messages: the path. */
	readonly name: string;
	/** A file by its path, `index.json` or `blobs/sha256/…`; `undefined` when there is none. */
	open(path: string): Promise<Content | undefined>;
	close(): void;
}

/** A small document of a set. @throws SourceError ERR_SOURCE_FORMAT when it is larger than `limit` bytes. */
export async function readDocument(
	members: MemberSet,
	path: string,
	limit: number = MAX_MANIFEST_SIZE,
): Promise<Uint8Array | undefined> {
	const content = await members.open(path);
	if (content === undefined || content.size <= limit) return content && contentBytes(content);
	const reason = `expected at most ${limit} bytes, got ${content.size}`;
	throw new SourceError("ERR_SOURCE_FORMAT", `${members.name}: read ${path}: ${reason}`);
}

/** A manifest's bytes with the descriptor that they amount to. */
export function describeManifest(bytes: Uint8Array, mediaType: string, subject: string): FetchedManifest {
	const type = manifestMediaType(bytes, mediaType, subject);
	return { descriptor: { mediaType: type, digest: digestBytes(bytes), size: bytes.length }, bytes };
}

/** The bytes of a blob from `offset` on; a whole blob is checked against its descriptor. */
export async function* streamBlob(
	content: Content | undefined,
	descriptor: Descriptor,
	subject: string,
	signal?: AbortSignal,
	offset = 0,
): AsyncGenerator<Uint8Array> {
	const { digest, size } = descriptor;
	if (content === undefined) {
		throw new SourceError("ERR_BLOB_MISSING", `${subject}: open blob: ${digest} is not there`);
	}
	if (content.size !== size) {
		const reason = `expected ${size} bytes, got ${content.size}`;
		throw new OciError("ERR_BLOB_SIZE", `${subject}: check size of ${digest}: ${reason}`);
	}
	const chunks = streamContent(content, offset);
	for await (const chunk of offset === 0 ? verifyBlob(chunks, descriptor, subject) : chunks) {
		signal?.throwIfAborted();
		yield chunk;
	}
}
