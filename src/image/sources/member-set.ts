import { type Content, contentBytes } from "../../ground/bytes/index.js";
import { type FileContent, streamContent } from "../../ground/files/index.js";
import {
	type BlobFile,
	type Descriptor,
	digestBytes,
	type FetchedManifest,
	MAX_MANIFEST_SIZE,
	manifestMediaType,
	OciError,
	verifyBlob,
} from "../oci/index.js";
import { blobFile } from "./blob-file.js";
import { SourceError } from "./errors.js";

/** The files of a layout, wherever they are: a directory, a tar archive, a zip. */
export interface MemberSet {
	/** For messages: the path. */
	readonly name: string;
	/** A file by its path, `index.json` or `blobs/sha256/…`; `undefined` when there is none. */
	open(path: string): Promise<MemberContent | undefined>;
	close(): void;
}

/** A file of a set. */
export interface MemberContent extends Content {
	/** Opens the file for one reader, who closes it. Without this method it stays open as long as the set. */
	reopen?(): FileContent;
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
	const chunks = streamContent(blobContent(content, descriptor, subject), offset);
	for await (const chunk of offset === 0 ? verifyBlob(chunks, descriptor, subject) : chunks) {
		signal?.throwIfAborted();
		yield chunk;
	}
}

/** Opens a blob of a set for a reader in another thread; undefined if it does not lie in a file in one piece. */
export function openBlobFile(
	content: MemberContent | undefined,
	descriptor: Descriptor,
	subject: string,
): BlobFile | undefined {
	const found = blobContent(content, descriptor, subject);
	const own = found.reopen?.();
	return blobFile(own ?? found, false, () => own?.close());
}

/** Returns the bytes of a blob. @throws SourceError ERR_BLOB_MISSING; OciError ERR_BLOB_SIZE */
function blobContent(
	content: MemberContent | undefined,
	{ digest, size }: Descriptor,
	subject: string,
): MemberContent {
	if (content === undefined) {
		throw new SourceError("ERR_BLOB_MISSING", `${subject}: open blob: ${digest} is not there`);
	}
	if (content.size === size) return content;
	const reason = `expected ${size} bytes, got ${content.size}`;
	throw new OciError("ERR_BLOB_SIZE", `${subject}: check size of ${digest}: ${reason}`);
}
