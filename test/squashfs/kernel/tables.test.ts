import { describe, expect, test } from "vitest";
import { bufferContent } from "../../../src/ground/bytes/index.js";
import type { Superblock } from "../../../src/squashfs/format/index.js";
import { lintStart } from "../../../src/squashfs/kernel/start.js";
import { checkTables } from "../../../src/squashfs/kernel/tables.js";

/** Where each table of a small image lies; its blocks come right before its index. */
const PLACES = {
	inodeTable: 96,
	directoryTable: 200,
	fragmentBlock: 300,
	fragmentTable: 310,
	exportBlock: 318,
	exportTable: 330,
	idBlock: 338,
	idTable: 350,
	bytesUsed: 358,
};

/** The codes of what kernels refuse of such an image. */
function codes(changes: Partial<typeof PLACES> = {}): string[] {
	const places = { ...PLACES, ...changes };
	const bytes = Buffer.alloc(16_384);
	bytes.writeBigUInt64LE(BigInt(places.fragmentBlock), places.fragmentTable);
	bytes.writeBigUInt64LE(BigInt(places.exportBlock), places.exportTable);
	bytes.writeBigUInt64LE(BigInt(places.idBlock), places.idTable);
	const superblock = { ...places, ids: 1, inodes: 1, fragments: 1, xattrTable: undefined };
	const findings = checkTables(bufferContent(bytes), superblock as unknown as Superblock, "image");
	return findings.map(({ code }) => code);
}

/** The table of owners when its one block has so many bytes. */
const withStep = (step: number) => ({ idTable: 338 + step, bytesUsed: 346 + step });

describe("tables end exactly where the next one begins", () => {
	test.each<[string, Partial<typeof PLACES>, string[]]>([
		["all in their places", {}, []],
		["a byte after the index of owners", { bytesUsed: 359 }, ["IMAGE_ID_INDEX"]],
		["a byte too few for it", { bytesUsed: 357 }, ["IMAGE_ID_INDEX"]],
		["a block as long as one can be", withStep(8_194), []],
		["a block that is a byte longer", withStep(8_195), ["IMAGE_ID_INDEX"]],
		["a block without bytes", { idBlock: 350 }, ["IMAGE_ID_INDEX"]],
		["an export table that ends a byte before the owners", { idBlock: 339 }, ["IMAGE_EXPORT_INDEX"]],
		["fragments that begin at their index", { fragmentBlock: 310 }, ["IMAGE_FRAGMENT_INDEX"]],
		["fragments that begin right before it", { fragmentBlock: 309 }, []],
		["an index of fragments that runs into the next table", { fragmentTable: 311 }, ["IMAGE_FRAGMENT_INDEX"]],
		["directories that begin after their end", { directoryTable: 301 }, ["IMAGE_TABLES"]],
		["a table of directories without bytes, as of an empty root", { directoryTable: 300 }, []],
		["inodes that begin with the directories", { inodeTable: 200 }, ["IMAGE_TABLES"]],
		["inodes that begin right before them", { inodeTable: 199 }, []],
	])("%s", (_, changes, expected) => {
		expect(codes(changes)).toEqual(expected);
	});
});

describe("the size of an image", () => {
	const start = (used: number, size: number) => {
		const bytes = Buffer.alloc(size);
		bytes.write("hsqs", "latin1");
		bytes.writeUInt16LE(4, 28);
		bytes.writeBigUInt64LE(BigInt(used), 40);
		return lintStart(bufferContent(bytes), "image").map(({ code }) => code);
	};

	test.each<[number, number, string[]]>([
		[4096, 4096, []],
		[4095, 4096, []],
		[4097, 4096, ["IMAGE_CUT"]],
		[4000, 4000, ["IMAGE_PADDING"]],
		[3584, 4000, []],
		[3585, 4000, ["IMAGE_PADDING"]],
	])("%i used bytes in a file of %i", (used, size, expected) => {
		expect(start(used, size)).toEqual(expected);
	});
});
