import { type Content, contentBytes, contentSha256 } from "../../ground/bytes/index.js";
import { contentSlice, type FileContent, openFileContent } from "../../ground/files/index.js";
import type { Finding } from "../../ground/findings/index.js";
import { parseState, type State } from "../state/index.js";
import { ExportError } from "./errors.js";
import { expectDigest, resolveObjects } from "./object-set.js";
import { type OpenedArchive, openArchive } from "./wire-reader.js";
import { wireFinding } from "./wire-rules.js";

/** An open package. Its state has been read, its objects have not. */
export interface Package {
	readonly state: State;
	/** The text of `json`, unchanged. */
	readonly text: Uint8Array;
	/** Objects by the digest in their names; the bytes are not checked yet. */
	readonly objects: ReadonlyMap<string, Content>;
	/** The unpacked archive. */
	readonly archive: Content;
	/** Problems of the archive itself. */
	readonly findings: readonly Finding[];
	/** Frees files. Contents cannot be read after that. */
	close(): void;
}

/** How a package is read. */
export interface PackageReadOptions {
	/** Directory for the unpacked package, a file without a name. */
	readonly temporaryDirectory: string;
	/** The open package, if its path is only a name for messages. It is closed with the package. */
	readonly file?: FileContent | undefined;
	/** Most bytes that a gzip'ed package may unpack to. Default: 4 GiB. */
	readonly maximumUnpacked?: number | undefined;
}

/** Most bytes of a state. */
const STATE_LIMIT = 1 << 24;
/** Most bytes that a package unpacks to, unless more is allowed. */
export const MAXIMUM_UNPACKED: number = 2 ** 32;

/**
 * Opens a package file, gzip'ed or bare, for its state and objects. Problems of its form are findings; the state is
 * the one that a device would deploy.
 *
 * @throws BytesError; ExportError ERR_PACKAGE_FORMAT, ERR_PACKAGE_LIMIT; JsonError, PantavisorError for the state.
 */
export async function openPackage(path: string, options: PackageReadOptions): Promise<Package> {
	const { temporaryDirectory, maximumUnpacked = MAXIMUM_UNPACKED } = options;
	const file = options.file ?? openFileContent(path);
	const archive = await openArchive(file, path, { temporaryDirectory, maximumUnpacked });
	const close = (): void => archive.content.close();
	try {
		return { ...readPackage(archive, path), archive: archive.content, close };
	} catch (cause) {
		close();
		throw cause;
	}
}

/**
 * Opens a package as `openPackage` does, but refuses one that is not in the form that devices read.
 * @throws what `openPackage` does; ExportError ERR_PACKAGE_STRUCTURE.
 */
export async function openSoundPackage(path: string, options: PackageReadOptions): Promise<Package> {
	const opened = await openPackage(path, options);
	const finding = opened.findings.find(({ severity }) => severity === "error");
	if (finding === undefined) return opened;
	opened.close();
	throw new ExportError(
		"ERR_PACKAGE_STRUCTURE",
		`${path}: ${finding.subject}: ${finding.message} [${finding.code}]`,
	);
}

/**
 * Opens a package and checks that a device could take it: its form, and the digest of every object.
 *
 * @throws what `openPackage` does; ExportError ERR_PACKAGE_STRUCTURE, ERR_OBJECT_MISSING, ERR_OBJECT_HASH.
 */
export async function readArchive(path: string, options: PackageReadOptions): Promise<Package> {
	const opened = await openSoundPackage(path, options);
	try {
		for (const [sha256, content] of resolveObjects(opened.state, opened.objects)) {
			expectDigest(`${path}: objects/${sha256}: read`, sha256, contentSha256(content));
		}
		return opened;
	} catch (cause) {
		opened.close();
		throw cause;
	}
}

function readPackage({ content, walk }: OpenedArchive, path: string): Omit<Package, "archive" | "close"> {
	const findings = [...walk.findings];
	let state: Content | undefined;
	const objects = new Map<string, Content>();
	for (const { name, position, size } of walk.members) {
		if (position + size > content.size) {
			findings.push(wireFinding("PACKAGE_END", name));
			continue;
		}
		// A member that is refused for its ./ is still read, to report what else is wrong.
		const plain = name.replace(/^(\.\/)+/, "");
		const sha256 = /^objects\/([0-9a-f]{64})$/.exec(plain)?.[1];
		if (plain === "json") state = contentSlice(content, position, size);
		else if (sha256 !== undefined) objects.set(sha256, contentSlice(content, position, size));
	}
	if (state === undefined) throw format(path, missingState(walk));
	const text = readState(state, path);
	return { state: parseState(text, `${path}: json`), text, objects, findings };
}

/** Returns why there is no state. Of a file that is not a package, the first finding says most. */
function missingState({ members, findings: [first] }: OpenedArchive["walk"]): string {
	const found = first === undefined || !isName(first.subject) ? "" : ` (${first.subject}: ${first.message})`;
	if (first === undefined || members.some(({ name }) => isName(name))) {
		return `expected a member json, got none${found}`;
	}
	return `expected a package, got a file that is not a tar archive${found}`;
}

/** Whether a string can be a name that somebody gave: where a header was expected, other files have anything. */
function isName(text: string): boolean {
	return /^[\x20-\x5b\x5d-\x7e]+$/.test(text);
}

function readState(content: Content, path: string): Uint8Array {
	if (content.size <= STATE_LIMIT) return contentBytes(content);
	throw new ExportError(
		"ERR_PACKAGE_LIMIT",
		`${path}: json: read: expected at most the limit of ${STATE_LIMIT} bytes, got ${content.size}`,
	);
}

function format(path: string, reason: string): ExportError {
	return new ExportError("ERR_PACKAGE_FORMAT", `${path}: read package: ${reason}`);
}
