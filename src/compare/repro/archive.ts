import type { Content } from "../../ground/bytes/index.js";
import { objectReference } from "../../pantavisor/state/index.js";
import { firstDifference, hexAt } from "./bytes.js";
import { type Difference, difference } from "./difference.js";
import type { ComparedPackage } from "./package.js";

const BLOCK = 512;
const MEMBER_LIMIT = 1 << 16;

/** Fields of the ten bytes at the start of a gzip file (RFC 1952, 2.3.1). */
const GZIP_FIELDS: readonly (readonly [name: string, offset: number, size: number])[] = [
	["flags", 3, 1],
	["time", 4, 4],
	["extra flags", 8, 1],
	["system", 9, 1],
];

/** Fields of a tar header (POSIX ustar). */
const TAR_FIELDS: readonly (readonly [name: string, offset: number, size: number])[] = [
	["mode", 100, 8],
	["uid", 108, 8],
	["gid", 116, 8],
	["size", 124, 12],
	["mtime", 136, 12],
	["checksum", 148, 8],
	["type", 156, 1],
	["link name", 157, 100],
	["magic", 257, 8],
	["user name", 265, 32],
	["group name", 297, 32],
	["device", 329, 16],
	["prefix", 345, 155],
];

/**
 * Yields differences of the archive around the files: gzip's header, the order of members, fields of their
 * headers. Contents of members are compared elsewhere.
 */
export function* compareArchives(a: ComparedPackage, b: ComparedPackage): Generator<Difference> {
	yield* compareGzip(a.file, b.file);
	const [olds, news] = [members(a.archive), members(b.archive)];
	const [names, others] = [[...olds.keys()], [...news.keys()]];
	const common = names.filter((name) => news.has(name));
	const kept = others.filter((name) => olds.has(name));
	const moved = common.findIndex((name, i) => name !== kept[i]);
	if (moved >= 0)
		yield difference("archive", "archive", `member ${moved + 1} is`, common[moved]!, kept[moved]!);
	for (const name of common) yield* compareHeaders(name, olds.get(name)!, news.get(name)!);
	yield* compareStrays(a, names, news, "first");
	yield* compareStrays(b, others, olds, "second");
	yield* compareCompression(a, b, names.join("\n") === others.join("\n"));
}

/** Yields members that only one package has and that its state does not name. Others are reported with the state. */
function* compareStrays(
	{ state }: ComparedPackage,
	names: readonly string[],
	others: ReadonlyMap<string, unknown>,
	side: "first" | "second",
): Generator<Difference> {
	const named = new Set([...state.values()].map((value) => `objects/${objectReference(value)}`));
	for (const name of names) {
		if (!others.has(name) && !named.has(name)) {
			yield difference("archive", `member ${name}`, `is only in the ${side}`);
		}
	}
}

function* compareGzip(a: Content, b: Content): Generator<Difference> {
	const [x, y] = [a, b].map((content) => {
		const bytes = Buffer.alloc(10);
		content.read(bytes.subarray(0, Math.min(10, content.size)), 0);
		return bytes;
	}) as [Buffer, Buffer];
	const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;
	if (isGzip(x) !== isGzip(y)) {
		const form = (bytes: Buffer): string => (isGzip(bytes) ? "gzip'ed" : "bare");
		yield difference("archive", "package", "is", form(x), form(y));
	} else if (isGzip(x)) {
		for (const [name, offset, size] of GZIP_FIELDS) {
			const [p, q] = [x.readUIntLE(offset, size), y.readUIntLE(offset, size)];
			if (p !== q) yield difference("archive", "gzip header", name, p, q);
		}
	}
}

/** Returns the header of each member, by name. A repeated name gets a number. */
function members(archive: Content): Map<string, Buffer> {
	const found = new Map<string, Buffer>();
	for (let position = 0; position + BLOCK <= archive.size && found.size < MEMBER_LIMIT; ) {
		const header = Buffer.alloc(BLOCK);
		archive.read(header, position);
		if (header.every((byte) => byte === 0)) break;
		const name = header.toString("latin1", 0, 100).replace(/\0.*$/s, "");
		found.set(found.has(name) ? `${name} (${found.size + 1})` : name, header);
		const size = Number.parseInt(header.toString("latin1", 124, 135), 8);
		if (!Number.isSafeInteger(size)) break;
		position += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
	}
	return found;
}

function* compareHeaders(name: string, a: Buffer, b: Buffer): Generator<Difference> {
	if (a.equals(b)) return;
	const differing = TAR_FIELDS.filter(([, offset, size]) => {
		return !a.subarray(offset, offset + size).equals(b.subarray(offset, offset + size));
	});
	for (const [field, offset, size] of differing) {
		// These fields follow from the others.
		if (differing.length > 1 && (field === "checksum" || (field === "size" && name === "json"))) continue;
		if (name === "json" && field === "size") continue;
		const [x, y] = [a, b].map((header) => header.toString("latin1", offset, offset + size)) as [
			string,
			string,
		];
		const values = [fieldText(field, x), fieldText(field, y)] as const;
		// One number can be written in several ways.
		const shown = values[0] === values[1] ? ([JSON.stringify(x), JSON.stringify(y)] as const) : values;
		yield difference("archive", `member ${name}`, `tar header: ${field}`, ...shown);
	}
}

/** Fields that hold a number in octal digits. A mode is shown in octal digits too. */
const NUMBERS: ReadonlySet<string> = new Set(["uid", "gid", "size", "mtime"]);

/** Returns a number in the usual notation if the field has the usual form; else the bytes of the field. */
function fieldText(field: string, text: string): string {
	const digits = /^([0-7]+)[\0 ]*$/.exec(text)?.[1];
	if (digits === undefined) return JSON.stringify(text);
	if (field === "mode") return digits.replace(/^0+(?=[0-7]{4})/, "");
	return NUMBERS.has(field) ? String(Number.parseInt(digits, 8)) : JSON.stringify(text);
}

/** Yields differences of the compression: the same archive can be compressed in many ways. */
function* compareCompression(
	a: ComparedPackage,
	b: ComparedPackage,
	sameMembers: boolean,
): Generator<Difference> {
	if (!sameMembers || firstDifference(a.archive, b.archive) !== undefined) return;
	const position = firstDifference(a.file, b.file);
	if (position === undefined || position < 10) return;
	const what = `the archives are equal, their compressed bytes differ from byte ${position}:`;
	yield difference("archive", "package", what, hexAt(a.file, position), hexAt(b.file, position));
}
