import { contentPacking } from "../../ground/bytes/index.js";
import {
	type FileContent,
	openFileContent,
	receiveTemporaryFile,
	streamContent,
} from "../../ground/files/index.js";
import { openArchive } from "../rootfs/index.js";
import type { SourceContext } from "./context.js";
import { limitUnpacked } from "./disk-limit.js";
import { SourceError } from "./errors.js";
import { listNames } from "./name-list.js";
import type { ZipArchive } from "./zip-archive.js";
import { isZip, splitZipPath } from "./zip-path.js";

/** What a zip's member is called that is taken for an archive without being named. */
const ARCHIVE_NAME = /\.(?:tar|tgz|oci|tar\.(?:gz|zst|xz|bz2))$/i;

/**
 * Opens an archive for reading at any position: a file, `-` for standard input, or the archive
 * inside a zip (`build.zip`, `build.zip//path/inside`). A compressed one is unpacked first.
 * @throws BytesError; RootfsError; SourceError ERR_SOURCE_FORMAT, ERR_ARCHIVE_LIMIT, ERR_IMAGE_…
 */
export async function openArchiveFile(path: string, context: SourceContext): Promise<FileContent> {
	const packed = await openPackedArchive(path, context);
	if (contentPacking(packed) === undefined) return packed;
	try {
		const chunks = limitUnpacked(openArchive(streamContent(packed), path), path, context);
		return await receiveTemporaryFile(chunks, context.temporaryDirectory);
	} finally {
		packed.close();
	}
}

/** The same, but a compressed archive is left as it is. */
export async function openPackedArchive(path: string, context: SourceContext): Promise<FileContent> {
	const { outer, inner } = splitZipPath(path);
	const file = outer === "-" ? await receiveStandardInput(context) : openFileContent(outer);
	return isZip(file) || inner !== undefined ? await openInner(file, path, inner, context) : file;
}

async function receiveStandardInput(context: SourceContext): Promise<FileContent> {
	if (context.standardInput === undefined) {
		throw new SourceError("ERR_LOCATION", "-: open: there is no standard input here");
	}
	const chunks = limitUnpacked(context.standardInput, "standard input", context);
	return await receiveTemporaryFile(chunks, context.temporaryDirectory);
}

async function openInner(
	file: FileContent,
	path: string,
	inner: string | undefined,
	context: SourceContext,
): Promise<FileContent> {
	const { openZip } = await import("./zip-archive.js");
	const isWanted = (name: string): boolean =>
		inner === undefined ? ARCHIVE_NAME.test(name) : name === inner;
	const zip = await openZip(file, path, context, isWanted);
	try {
		const content = await zip.open(chooseArchive(zip, inner));
		return {
			size: content.size,
			read: (target, position) => content.read(target, position),
			place: (position, size) => content.place?.(position, size),
			close: () => zip.close(),
		};
	} catch (error) {
		zip.close();
		throw error;
	}
}

function chooseArchive(zip: ZipArchive, inner: string | undefined): string {
	const [first, ...others] = zip.names;
	if (first === undefined) {
		const reason = inner === undefined ? "no tar archive in it" : `no "${inner}" in it`;
		throw new SourceError("ERR_IMAGE_NOT_FOUND", `${zip.name}: open zip: ${reason}`);
	}
	if (others.length === 0) return first;
	const reason = `several archives in it, name one after "//": ${listNames(zip.names)}`;
	throw new SourceError("ERR_IMAGE_AMBIGUOUS", `${zip.name}: open zip: ${reason}`);
}
