import type { Content } from "../../ground/bytes/index.js";
import { type FileContent, freeDiskBytes, receiveTemporaryFile } from "../../ground/files/index.js";
import { ExportError } from "./errors.js";
import { expandGzipMember, GzipFault, isGzip } from "./gzip-member.js";
import { MemberWalk } from "./member-walk.js";
import { openStoredMember } from "./stored-member.js";
import { BLOCK } from "./wire-header.js";
import { wireFinding } from "./wire-rules.js";

/** An unpacked archive and its members. */
export interface OpenedArchive {
	readonly content: FileContent;
	/** Members whose data is complete, and all problems of the archive's form. */
	readonly walk: MemberWalk;
}

export interface UnpackLimits {
	/** Directory for the unpacked package, a file without a name. */
	readonly temporaryDirectory: string;
	/** Most bytes of the unpacked archive. */
	readonly maximumUnpacked: number;
}

/** Bytes of the disk that unpacking leaves free. */
const DISK_RESERVE = 1 << 26;

/**
 * Opens an archive, gzip'ed or bare, and walks its headers as the device's importer does. If its gzip member mostly
 * stores it, as in large packages of this program, it is read in place. Otherwise a gzip'ed one is unpacked during
 * the walk: never more than its headers state, and nothing after its end.
 *
 * @throws ExportError ERR_PACKAGE_FORMAT for damaged gzip data, ERR_PACKAGE_LIMIT; BytesError. The file is closed
 *   then.
 */
export async function openArchive(
	file: FileContent,
	path: string,
	limits: UnpackLimits,
): Promise<OpenedArchive> {
	try {
		if (!isGzip(file)) return { content: file, walk: walkContent(file, path) };
		const inPlace = await openInPlace(file, path, limits);
		if (inPlace !== undefined) return inPlace;
	} catch (error) {
		file.close();
		throw error;
	}
	const walk = new MemberWalk(path);
	try {
		const chunks = unpack(file, walk, path, limits);
		const content = await receiveTemporaryFile(chunks, limits.temporaryDirectory);
		if (!walk.ended && !walk.broken) walk.findings.push(wireFinding("PACKAGE_END", "end of archive"));
		return { content, walk };
	} finally {
		file.close();
	}
}

/** Opens an archive that is stored in its gzip member, if neither has a problem. */
async function openInPlace(
	file: FileContent,
	path: string,
	{ maximumUnpacked }: UnpackLimits,
): Promise<OpenedArchive | undefined> {
	const stored = await openStoredMember(file);
	if (stored === undefined || stored.size > maximumUnpacked) return undefined;
	const walk = walkContent(stored, path);
	const isSound = walk.findings.length === 0 && walk.position === stored.size;
	return isSound ? { content: stored, walk } : undefined;
}

/** Walks an archive, reading only its headers. */
function walkContent(content: Content, path: string): MemberWalk {
	const walk = new MemberWalk(path);
	const block = Buffer.alloc(BLOCK);
	while (!walk.ended && !walk.broken && walk.position + BLOCK <= content.size) {
		content.read(block, walk.position);
		walk.take(block);
	}
	if (walk.broken) return walk;
	if (!walk.ended) walk.findings.push(wireFinding("PACKAGE_END", "end of archive"));
	else if (content.size > walk.position && !hasTrailing(walk)) {
		walk.findings.push(wireFinding("PACKAGE_TRAILING", "end of archive"));
	}
	return walk;
}

function hasTrailing(walk: MemberWalk): boolean {
	return walk.findings.some(({ code }) => code === "PACKAGE_TRAILING");
}

/** Yields the bytes of the archive, and walks the headers in them. */
async function* unpack(
	file: Content,
	walk: MemberWalk,
	path: string,
	limits: UnpackLimits,
): AsyncGenerator<Uint8Array> {
	const header = new PassingBlock();
	const room = freeDiskBytes(limits.temporaryDirectory) - DISK_RESERVE;
	let trailing = false;
	let position = 0;
	try {
		for await (const chunk of expandGzipMember(file, () => {
			trailing = true;
		})) {
			while (!walk.ended && !walk.broken && header.collect(chunk, position, walk.position)) {
				walk.take(header.block);
				header.clear();
				checkRoom(walk.position, room, path, limits);
			}
			const end = walk.ended || walk.broken ? Math.min(position + chunk.length, walk.position) : undefined;
			const own = end === undefined ? chunk : chunk.subarray(0, Math.max(0, end - position));
			position += chunk.length;
			yield own;
			if (walk.broken) return;
			if (walk.ended && own.length < chunk.length) {
				trailing = true;
				break;
			}
		}
	} catch (cause) {
		if (!(cause instanceof GzipFault)) throw cause;
		throw new ExportError("ERR_PACKAGE_FORMAT", `${path}: read package: gunzip: ${cause.message}`, { cause });
	}
	if (trailing && !hasTrailing(walk)) walk.findings.push(wireFinding("PACKAGE_TRAILING", "end of archive"));
}

/** Checks the disk space that the headers call for, before the bytes are written. */
function checkRoom(stated: number, room: number, path: string, limits: UnpackLimits): void {
	const { maximumUnpacked, temporaryDirectory } = limits;
	const refuse = (reason: string): never => {
		throw new ExportError(
			"ERR_PACKAGE_LIMIT",
			`${path}: read package: its headers state ${stated} bytes, ${reason}`,
		);
	};
	if (stated > maximumUnpacked) refuse(`expected at most ${maximumUnpacked} (raise it with --max-unpacked)`);
	if (stated > room) refuse(`more than ${temporaryDirectory} has room for (TMPDIR names another place)`);
}

/** Collects the one block that begins at a position of a stream. */
class PassingBlock {
	readonly block: Buffer = Buffer.alloc(BLOCK);
	#filled = 0;

	/** Takes the bytes of the block at `wanted` from a chunk, and returns whether the block is complete. */
	collect(chunk: Uint8Array, position: number, wanted: number): boolean {
		const from = wanted + this.#filled - position;
		if (from >= chunk.length) return false;
		const part = chunk.subarray(from, from + BLOCK - this.#filled);
		this.block.set(part, this.#filled);
		this.#filled += part.length;
		return this.#filled === BLOCK;
	}

	clear(): void {
		this.#filled = 0;
	}
}
