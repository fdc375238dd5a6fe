import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { type Content, contentBytes, contentSha256, displayByteString } from "../../ground/bytes/index.js";
import {
	contentSlice,
	type FileContent,
	freeDiskBytes,
	openFileContent,
	receiveTemporaryFile,
	streamContent,
} from "../../ground/files/index.js";
import { readMemberTable, TarError, type TarMember } from "../../ground/tar/index.js";
import { error, type Finding, warning } from "../rules/index.js";
import { parseState, type State } from "../state/index.js";
import { ExportError } from "./errors.js";
import { resolveObjects } from "./object-set.js";

/** A package, opened: the state is read, the objects are not. */
export interface Package {
	readonly state: State;
	/** The text of `json` as it stands. */
	readonly text: Uint8Array;
	/** By hash as the archive names them; the bytes are not checked yet. */
	readonly objects: ReadonlyMap<string, Content>;
	/** What is wrong with the archive itself. */
	readonly findings: readonly Finding[];
	/** Frees files; contents cannot be read any more. */
	close(): void;
}

export interface PackageReadOptions {
	/** Where a gzip'ed package is unpacked to, under no name. */
	readonly temporaryDirectory: string;
	/** The package itself, where its path is only a name for messages; closed with the package. */
	readonly file?: FileContent | undefined;
}

const BLOCK = 512;
/** Most bytes of a state. */
const STATE_LIMIT = 1 << 26;
/** What unpacking leaves free on the disk. Bytes. */
const DISK_RESERVE = 1 << 26;

/**
 * Opens a package file, gzip'ed or bare, for its state and objects. What only a device would
 * stumble over comes as findings.
 *
 * @throws BytesError; ExportError ERR_PACKAGE_FORMAT; JsonError, PantavisorError for the state.
 */
export async function openPackage(path: string, options: PackageReadOptions): Promise<Package> {
	const file = options.file ?? openFileContent(path);
	const archive = isGzip(file) ? await gunzip(file, path, options) : file;
	try {
		return { ...readPackage(archive, path), close: () => archive.close() };
	} catch (cause) {
		archive.close();
		throw cause;
	}
}

/**
 * Opens a package and checks that a device could take it: names, and every object's hash.
 *
 * @throws what `openPackage` does; ExportError ERR_PACKAGE_STRUCTURE, ERR_OBJECT_MISSING, ERR_OBJECT_HASH.
 */
export async function readArchive(path: string, options: PackageReadOptions): Promise<Package> {
	const opened = await openPackage(path, options);
	try {
		const finding = opened.findings.find(({ severity }) => severity === "error");
		if (finding) {
			throw new ExportError("ERR_PACKAGE_STRUCTURE", `${path}: ${finding.subject}: ${finding.message}`);
		}
		for (const [sha256, content] of resolveObjects(opened.state, opened.objects)) {
			const got = contentSha256(content);
			if (got === sha256) continue;
			throw new ExportError(
				"ERR_OBJECT_HASH",
				`${path}: objects/${sha256}: read: expected that sha256, got ${got}`,
			);
		}
		return opened;
	} catch (cause) {
		opened.close();
		throw cause;
	}
}

function isGzip(content: Content): boolean {
	const magic = new Uint8Array(Math.min(2, content.size));
	content.read(magic, 0);
	return magic[0] === 0x1f && magic[1] === 0x8b;
}

async function gunzip(
	file: FileContent,
	path: string,
	{ temporaryDirectory }: PackageReadOptions,
): Promise<FileContent> {
	try {
		return await receiveTemporaryFile(gunzipStream(file, path, temporaryDirectory), temporaryDirectory);
	} finally {
		file.close();
	}
}

/** Stops before the disk is full, however large a small package says it is. */
async function* gunzipStream(file: Content, path: string, directory: string): AsyncGenerator<Uint8Array> {
	const stream = createGunzip({ chunkSize: 1 << 18 });
	// Its failure shows in the loop below.
	pipeline(streamContent(file), stream).catch(() => {});
	let room = freeDiskBytes(directory) - DISK_RESERVE;
	try {
		for await (const chunk of stream) {
			room -= (chunk as Uint8Array).length;
			if (room < 0) throw format(path, `unpacked, it is larger than ${directory} has room for`);
			yield chunk as Uint8Array;
		}
	} catch (cause) {
		if (!(cause as NodeJS.ErrnoException).code?.startsWith("Z_")) throw cause;
		throw format(path, `gunzip: ${(cause as Error).message}`, cause);
	} finally {
		stream.destroy();
	}
}

function readPackage(archive: Content, path: string): Omit<Package, "close"> {
	const findings: Finding[] = [];
	const members = listMembers(archive, path);
	let text: Uint8Array | undefined;
	const objects = new Map<string, Content>();
	for (const member of members) {
		const name = displayByteString(member.path).replace(/^(\.\/)+/, "");
		const problems = lintMember(archive, member);
		findings.push(...problems);
		if (member.kind !== "file") continue;
		const content = contentSlice(archive, member.position, member.size);
		const sha256 = /^objects\/([0-9a-f]{64})$/.exec(name)?.[1];
		if (name === "json") {
			if (text !== undefined) throw format(path, "expected one json, got two");
			text = readState(content, path);
		} else if (sha256 !== undefined) {
			if (objects.has(sha256))
				findings.push(warning("PACKAGE_OBJECT_TWICE", name, "stands in the package twice"));
			objects.set(sha256, content);
		} else if (problems.length === 0) {
			findings.push(warning("PACKAGE_MEMBER", name, "devices pass over it"));
		}
	}
	if (text === undefined) throw format(path, "expected a member json, got none");
	findings.push(...lintEnd(archive, members));
	return { state: parseState(text, `${path}: json`), text, objects, findings };
}

function listMembers(archive: Content, path: string): TarMember[] {
	try {
		return readMemberTable(archive);
	} catch (cause) {
		if (!(cause instanceof TarError)) throw cause;
		throw format(path, cause.message, cause);
	}
}

function readState(content: Content, path: string): Uint8Array {
	if (content.size > STATE_LIMIT)
		throw format(path, `json: expected at most ${STATE_LIMIT} bytes, got ${content.size}`);
	return contentBytes(content);
}

/** The device reads the first 100 bytes and an octal size, and crashes on what it does not expect. */
function lintMember(archive: Content, member: TarMember): Finding[] {
	const header = Buffer.alloc(BLOCK);
	archive.read(header, member.position - BLOCK);
	const raw = header.toString("latin1", 0, 100).replace(/\0.*$/s, "");
	const shown = displayByteString(member.path);
	if (member.kind !== "file") {
		return [
			error("PACKAGE_MEMBER_KIND", shown, `a ${member.kind}: the importer crashes, expected files alone`),
		];
	}
	if (raw !== member.path || (header[124]! & 0x80) !== 0) {
		return [
			error("PACKAGE_MEMBER_HEADER", shown, "its name or size needs an extension that devices do not read"),
		];
	}
	if (/^\.\//.test(shown))
		return [error("PACKAGE_MEMBER_NAME", shown, "begins with ./: the importer crashes")];
	if (/^(j|js|jso)$/.test(shown)) {
		return [error("PACKAGE_MEMBER_NAME", shown, "the importer takes it for json")];
	}
	return [];
}

function lintEnd(archive: Content, members: readonly TarMember[]): Finding[] {
	const last = members.at(-1)!;
	const end = Math.ceil((last.position + last.size) / BLOCK) * BLOCK;
	if (archive.size >= end + 2 * BLOCK) return [];
	return [error("PACKAGE_END", "end of archive", "is cut off: the importer never returns")];
}

function format(path: string, reason: string, cause?: unknown): ExportError {
	return new ExportError("ERR_PACKAGE_FORMAT", `${path}: read package: ${reason}`, { cause });
}
