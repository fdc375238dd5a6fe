import { expect, test } from "vitest";
import { readSqliteTable, SqliteFault } from "../../../src/evidence/sqlite/index.js";
import { bufferContent } from "../../../src/ground/bytes/index.js";
import { noise } from "../../support/inodes.js";
import { sqliteFile, sqliteLog } from "../../support/sqlite-file.js";

function readBlobs(file: Buffer, log?: Buffer): Uint8Array[] {
	const rows = readSqliteTable(bufferContent(file), log && bufferContent(log), "Packages", 2);
	return [...rows].map(([, blob]) => blob as Uint8Array);
}

const blobs = [noise(40, 1), noise(3000, 2), noise(0, 3), noise(2060, 4), noise(100, 5)].map(Buffer.from);
const rows = blobs.map((blob, at) => [at + 1, blob] as const);

test("rows come in the order of their ids, short ones and those on overflow pages", () => {
	expect(readBlobs(sqliteFile({ table: "Packages", rows }))).toEqual(blobs);
});

test("pages of 64 KiB have the size that does not fit its field", () => {
	const long = [[1, Buffer.from(noise(100_000, 1))]] as const;
	const file = sqliteFile({ table: "Packages", rows: long, pageSize: 65536 });
	expect(readBlobs(file)).toEqual([long[0][1]]);
});

test("a write-ahead log's committed pages are newer; those without a commit are none", () => {
	const old = sqliteFile({ table: "Packages", rows: [[1, Buffer.from("old")]] });
	const now = sqliteFile({ table: "Packages", rows: [[1, Buffer.from("new")]] });
	const [page] = [2].map((at) => now.subarray(512 * at, 512 * (at + 1)));
	const log = sqliteLog([[[3, page!]]]);
	expect(readBlobs(old, log)).toEqual([Buffer.from("new")]);
	expect(readBlobs(old, log.subarray(0, log.length - 1))).toEqual([Buffer.from("old")]);
	const open = Buffer.from(
		sqliteLog([
			[
				[3, page!],
				[4, page!],
			],
		]).subarray(0, 32 + 24 + 512),
	);
	expect(readBlobs(old, open)).toEqual([Buffer.from("old")]);
});

test("a log of another checksum ends where it is wrong", () => {
	const old = sqliteFile({ table: "Packages", rows: [[1, Buffer.from("old")]] });
	const log = sqliteLog([[[3, old.subarray(0, 512)]]]);
	log[32 + 30]! ^= 1;
	expect(readBlobs(old, log)).toEqual([Buffer.from("old")]);
});

test("a database without the table names it", () => {
	const file = sqliteFile({ table: "Others", rows });
	expect(() => readBlobs(file)).toThrow(new SqliteFault("expected a table Packages, got none"));
});

test.each(["", "SQLite format 3\0", "x".repeat(2000)])("%j is not a database", (text) => {
	expect(() => readBlobs(Buffer.from(text))).toThrow(SqliteFault);
});

test("pages that lead to themselves end", () => {
	const file = sqliteFile({ table: "Packages", rows });
	const interior = 512;
	file.writeUInt32BE(2, interior + 8);
	expect(() => readBlobs(file)).toThrow("loop");
});

test("cells that share their bytes end", () => {
	const file = sqliteFile({ table: "Packages", rows: [[1, Buffer.from(noise(150, 1))]] });
	const leaf = 2 * 512;
	file.writeUInt16BE(150, leaf + 3);
	for (let at = 0; at < 150; at++) file.copy(file, leaf + 8 + 2 * at, leaf + 8, leaf + 10);
	expect(() => readBlobs(file)).toThrow("overlap");
});
