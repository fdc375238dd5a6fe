import { expect, test } from "vitest";
import { RpmDatabaseFault, readNdbHeaders } from "../../../src/evidence/rpmdb/index.js";
import { bufferContent } from "../../../src/ground/bytes/index.js";
import { noise } from "../../support/inodes.js";
import { ndbFile } from "../../support/ndb-file.js";

const HEADERS = [noise(100, 1), noise(9000, 2), noise(4, 3)].map((bytes) => Buffer.from(bytes));
const SLOT = 4096 - 16 * HEADERS.length;

function read(file: Buffer): Buffer[] {
	return [...readNdbHeaders(bufferContent(file))];
}

test.each([1, 3])("headers are read from their blobs, of %i pages of slots", (pages) => {
	expect(read(ndbFile(HEADERS, { pages }))).toEqual(HEADERS);
	expect(read(ndbFile([], { pages }))).toEqual([]);
});

test("packages that rpm removed leave zeros", () => {
	const file = ndbFile(HEADERS);
	file.fill(0, SLOT + 16 + 4, SLOT + 32);
	file.fill(0, 4096 + 128, 4096 + 128 + 9040);
	expect(read(file)).toEqual([HEADERS[0], HEADERS[2]]);
});

function changed(change: (file: Buffer) => void): Buffer {
	const file = ndbFile(HEADERS);
	change(file);
	return file;
}

test.each<[string, string, (file: Buffer) => void]>([
	["another magic", "expected a database of rpm", (file) => file.write("x", 0)],
	["a newer version", "expected version 0 of an rpm database, got 1", (file) => file.writeUInt32LE(1, 4)],
	["more pages than there are", "expected a slot", (file) => file.writeUInt32LE(1 << 20, 12)],
	["no slot", "expected a slot", (file) => file.write("x", SLOT)],
	["a blob beyond the end", "expected at least", (file) => file.writeUInt32LE(0xffff, SLOT + 44)],
	["no room for a blob", "expected more than 16 bytes", (file) => file.writeUInt32LE(1, SLOT + 12)],
	["another number", "expected a header with its number", (file) => file.writeUInt32LE(9, SLOT + 4)],
	["another length", "expected a header with its number", (file) => file.writeUInt32LE(99, 4096 + 12)],
	[
		"a changed byte",
		"package 1 of an rpm database: its checksum is wrong",
		(file) => file.write("xyz", 4120),
	],
	["a package without a slot", "belong to no package", (file) => file.fill(0, SLOT + 4, SLOT + 16)],
	[
		"one blob in every slot",
		"its packages overlap",
		(file) => {
			for (let at = 32; at < SLOT; at += 16) file.copy(file, at, SLOT + 16, SLOT + 32);
		},
	],
])("%s is a fault", (_, reason, change) => {
	const file = changed(change);
	expect(() => read(file)).toThrow(reason);
	expect(() => read(file)).toThrow(RpmDatabaseFault);
});

test("a file that is cut is a fault, wherever it is cut", () => {
	const file = ndbFile(HEADERS);
	for (let size = 0; size < file.length; size += 61) {
		expect(() => read(file.subarray(0, size)), `${size}`).toThrow(RpmDatabaseFault);
	}
});
