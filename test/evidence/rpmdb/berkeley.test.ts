import { expect, test } from "vitest";
import { RpmDatabaseFault, readBerkeleyHeaders } from "../../../src/evidence/rpmdb/index.js";
import { bufferContent } from "../../../src/ground/bytes/index.js";
import { berkeleyFile } from "../../support/berkeley-file.js";
import { noise } from "../../support/inodes.js";

const PAGE = 512;
const HEADERS = [noise(100, 1), noise(2000, 2), noise(486, 3), noise(487, 4)].map((bytes) =>
	Buffer.from(bytes),
);
// Page 0 describes the database, 1 has the next free number, 2 the first header, 3 the second one's place.
const [SHORT, LONG, CHAIN] = [2 * PAGE, 3 * PAGE, 4 * PAGE];

function read(file: Buffer): Buffer[] {
	return [...readBerkeleyHeaders(bufferContent(file))];
}

test.each([{}, { pageSize: 4096 }, { pageSize: 512, bigEndian: true }])(
	"short headers and those on overflow pages are read: %o",
	(options) => {
		expect(read(berkeleyFile(HEADERS, options))).toEqual(HEADERS);
		expect(read(berkeleyFile([], options))).toEqual([]);
	},
);

function changed(change: (file: Buffer) => void): Buffer {
	const file = berkeleyFile(HEADERS);
	change(file);
	return file;
}

test.each<[string, string, (file: Buffer) => void]>([
	["another magic", "expected a Berkeley DB of the kind hash", (file) => file.writeUInt32LE(1, 12)],
	["encryption", "expected a Berkeley DB that is not encrypted", (file) => file.writeUInt8(1, 24)],
	["odd pages", "expected pages of 512..65536 bytes, got 513", (file) => file.writeUInt32LE(513, 20)],
	["pages that are missing", "page 99 is missing", (file) => file.writeUInt32LE(99, LONG + PAGE - 13)],
	[
		"a page in another one's place",
		"page 2: expected its number, got 7",
		(file) => file.writeUInt32LE(7, SHORT + 8),
	],
	["fewer keys than it says", "expected 9 keys, got 5", (file) => file.writeUInt32LE(9, 88)],
	["a key without a value", "expected pairs of items", (file) => file.writeUInt16LE(1, SHORT + 20)],
	["more items than fit", "its items go beyond it", (file) => file.writeUInt16LE(999, SHORT + 20)],
	["items in their own list", "an item lies in its list", (file) => file.writeUInt16LE(1, SHORT + 26)],
	["items that overlap", "its items overlap", (file) => file.writeUInt16LE(PAGE - 1, SHORT + 28)],
	["an item of another kind", "got an item of kind 2", (file) => file.writeUInt8(2, LONG + PAGE - 17)],
	[
		"a header of 4 GiB",
		"expected a header of at most",
		(file) => file.writeUInt32LE(0xffffffff, LONG + PAGE - 9),
	],
	[
		"a chain that goes on",
		"ends elsewhere than its pages",
		(file) => file.writeUInt32LE(4, CHAIN + 4 * PAGE + 16),
	],
	[
		"a chain that is a loop",
		"its pages form a loop",
		(file) => {
			file.writeUInt32LE(4, CHAIN + 16);
			file.writeUInt32LE(PAGE * 13, LONG + PAGE - 9);
		},
	],
	["a chain that ends early", "ends elsewhere than its pages", (file) => file.writeUInt32LE(0, CHAIN + 16)],
	[
		"a chain of other pages",
		"expected a part of a header, got kind 13",
		(file) => file.writeUInt32LE(3, CHAIN + 16),
	],
	["a part of nothing", "expected a part of a header", (file) => file.writeUInt16LE(0, CHAIN + 22)],
	["a part that does not fit", "it holds more than fits", (file) => file.writeUInt16LE(999, CHAIN + 22)],
])("%s is a fault", (_, reason, change) => {
	const file = changed(change);
	expect(() => read(file)).toThrow(reason);
	expect(() => read(file)).toThrow(RpmDatabaseFault);
});

test("a header under the number 0 is one", () => {
	const file = berkeleyFile(HEADERS);
	file.writeUInt32LE(0, SHORT + PAGE - 4);
	expect(read(file)).toEqual(HEADERS);
});

test("bytes that were inserted are a fault", () => {
	const file = berkeleyFile(HEADERS);
	const longer = Buffer.concat([file.subarray(0, 80), Buffer.alloc(8), file.subarray(80)]);
	expect(() => read(longer)).toThrow("expected whole pages");
});

test("a file that is cut is a fault, wherever it is cut", () => {
	const file = berkeleyFile(HEADERS);
	for (let size = 0; size < file.length; size += 61) {
		expect(() => read(file.subarray(0, size)), `${size}`).toThrow(RpmDatabaseFault);
	}
});
