import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import {
	type Content,
	displayByteString,
	type FileContent,
	openFileContent,
	receiveTemporaryFile,
	streamContent,
	utf8ByteString,
} from "../bytes/index.js";
import type { SourceContext } from "./context.js";
import { limitToDisk } from "./disk-limit.js";
import { SourceError } from "./errors.js";
import { isZip, openZip, splitZipPath, type ZipArchive } from "./zip-archive.js";

/** What a zip's member is called that is taken for an archive without being named. */
const ARCHIVE_NAME = /\.(?:tar|tgz|tar\.gz|tar\.zst)$/i;

/**
 * Opens an archive for reading at any position: a file, `-` for standard input, or the archive
 * inside a zip (`build.zip`, `build.zip//path/inside`); gzip'ed ones are unpacked.
 * @throws BytesError; SourceError ERR_SOURCE_FORMAT, ERR_ARCHIVE_LIMIT, ERR_IMAGE_AMBIGUOUS, ERR_IMAGE_NOT_FOUND
 */
export async function openArchiveFile(path: string, context: SourceContext): Promise<FileContent> {
	const { outer, inner } = splitZipPath(path);
	const file = outer === "-" ? await receiveStandardInput(context) : openFileContent(outer);
	const unzipped = isZip(file) || inner !== undefined ? await openInner(file, path, inner, context) : file;
	return isGzip(unzipped) ? await gunzip(unzipped, path, context) : unzipped;
}

async function receiveStandardInput(context: SourceContext): Promise<FileContent> {
	if (context.standardInput === undefined) {
		throw new SourceError("ERR_LOCATION", "-: open: there is no standard input here");
	}
	const chunks = limitToDisk(context.standardInput, "standard input", context);
	return await receiveTemporaryFile(chunks, context.temporaryDirectory);
}

async function openInner(
	file: FileContent,
	path: string,
	inner: string | undefined,
	context: SourceContext,
): Promise<FileContent> {
	const zip = await openZip(file, path, context, (name) => name === inner || ARCHIVE_NAME.test(name));
	try {
		const content = await zip.open(chooseArchive(zip, inner));
		return {
			size: content.size,
			read: (target, position) => content.read(target, position),
			close() {
				content.close();
				zip.close();
			},
		};
	} catch (error) {
		zip.close();
		throw error;
	}
}

function chooseArchive(zip: ZipArchive, inner: string | undefined): string {
	const names = inner === undefined ? zip.names : zip.names.filter((name) => name === inner);
	const [first, ...others] = names;
	const listed = zip.names.map((name) => displayByteString(utf8ByteString(name))).join(", ");
	if (first === undefined) {
		const reason = inner === undefined ? "no tar archive in it" : `no "${inner}" in it`;
		throw new SourceError("ERR_IMAGE_NOT_FOUND", `${zip.name}: open zip: ${reason}`);
	}
	if (others.length === 0) return first;
	const reason = `several archives in it, name one behind "//": ${listed}`;
	throw new SourceError("ERR_IMAGE_AMBIGUOUS", `${zip.name}: open zip: ${reason}`);
}

function isGzip(content: Content): boolean {
	if (content.size < 2) return false;
	const magic = Buffer.alloc(2);
	content.read(magic, 0);
	return magic.readUInt16BE() === 0x1f8b;
}

async function gunzip(file: FileContent, path: string, context: SourceContext): Promise<FileContent> {
	try {
		const chunks = limitToDisk(gunzipStream(file, path), path, context);
		return await receiveTemporaryFile(chunks, context.temporaryDirectory);
	} finally {
		file.close();
	}
}

async function* gunzipStream(content: Content, subject: string): AsyncGenerator<Uint8Array> {
	const stream = createGunzip();
	// Its failure shows in the loop below.
	pipeline(streamContent(content), stream).catch(() => {});
	try {
		for await (const chunk of stream) yield chunk as Uint8Array;
	} catch (cause) {
		if (!(cause as NodeJS.ErrnoException).code?.startsWith("Z_")) throw cause;
		throw new SourceError("ERR_SOURCE_FORMAT", `${subject}: gunzip: ${(cause as Error).message}`, { cause });
	} finally {
		stream.destroy();
	}
}
