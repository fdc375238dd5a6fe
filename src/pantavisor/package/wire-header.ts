import { byteString, displayByteString } from "../../ground/bytes/index.js";
import type { Finding } from "../../ground/findings/index.js";
import { wireFinding } from "./wire-rules.js";

/** Bytes of a header, and of the blocks of an archive. */
export const BLOCK = 512;

/** A member as described by its header. */
export interface WireMember {
	/** Name for messages; `json` and `objects/…` are as in the archive. */
	readonly name: string;
	/** Bytes of data; undefined if the header does not state it in the one form that is allowed. */
	readonly size: number | undefined;
	readonly findings: readonly Finding[];
}

/** Returns whether a block is an end block of the archive. */
export function isZero(block: Uint8Array): boolean {
	return block.every((byte) => byte === 0);
}

/**
 * Reads a header block. Only one form of name, size, checksum, type, magic, link name and prefix is allowed, so
 * that all readers see the same members. The other fields (mode, owners, times, device numbers) may have any value,
 * as importers ignore them.
 */
export function decodeWireHeader(block: Buffer): WireMember {
	const end = block.subarray(0, 100).indexOf(0);
	const rawName = byteString(block.subarray(0, end < 0 ? 100 : end));
	const name = displayByteString(rawName);
	const subject = name === "" ? "member without a name" : name;
	const size = decodeSize(block);
	return {
		name,
		size,
		findings: [
			...nameProblems(block, name, end).map((reason) => wireFinding("PACKAGE_MEMBER_NAME", subject, reason)),
			...typeProblems(block[156]!).map((reason) => wireFinding("PACKAGE_MEMBER_KIND", subject, reason)),
			...(size === undefined ? [wireFinding("PACKAGE_MEMBER_SIZE", subject)] : []),
			...formProblems(block).map((reason) => wireFinding("PACKAGE_MEMBER_HEADER", subject, reason)),
		],
	};
}

function nameProblems(block: Buffer, name: string, end: number): string[] {
	if (end >= 0 && !isZero(block.subarray(end, 100))) return ["has bytes after the end of its name"];
	if (name === "json" || /^objects\/[0-9a-f]{64}$/.test(name)) return [];
	if ("json".startsWith(name)) return ["the importer takes it for json"];
	if (name.startsWith("./")) return ["begins with ./: the importer crashes"];
	if (name.startsWith("objects/")) {
		return ["the importer writes it where its name says, expected objects/ and 64 lower-case hex digits"];
	}
	return ["expected json or objects/ and 64 lower-case hex digits"];
}

function typeProblems(type: number): string[] {
	if (type === 0 || type === 0x30) return [];
	const shown = displayByteString(byteString(Uint8Array.of(type)));
	return [`typeflag ${shown}: the importer ignores it and goes by the name, expected a regular file`];
}

/** Parses eleven octal digits, followed by a NUL or a space. */
function decodeSize(block: Buffer): number | undefined {
	const text = block.toString("latin1", 124, 136);
	return /^[0-7]{11}[\0 ]$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

function formProblems(block: Buffer): string[] {
	const problems: string[] = [];
	if (block.toString("latin1", 257, 265) !== "ustar\x0000")
		problems.push("expected the magic ustar, version 00");
	if (!isZero(block.subarray(157, 257))) problems.push("has a link name, expected none");
	if (!isZero(block.subarray(345, 500)))
		problems.push("has a name prefix, which the importer ignores, expected none");
	if (readChecksum(block) !== checksumOf(block)) problems.push("its checksum is wrong");
	return problems;
}

/** Parses six or seven octal digits, followed by NUL and space in either order, by one of the two, or by nothing. */
function readChecksum(block: Buffer): number | undefined {
	const text = block.toString("latin1", 148, 156);
	return /^[0-7]{6}(\0 | \0|[0-7][\0 ])$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

/** Returns the sum of the bytes, counting those of the checksum itself as spaces. */
function checksumOf(block: Buffer): number {
	let sum = 8 * 0x20;
	for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += block[i]!;
	return sum;
}
