import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readSqliteTable } from "../../src/evidence/sqlite/index.js";
import { bufferContent } from "../../src/ground/bytes/index.js";
import { needs } from "../support/needs.js";
import { filterThrough, run } from "../support/programs.js";

const FILL = `CREATE TABLE other (x); CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
INSERT INTO Packages SELECT i, randomblob((i * 7919) % 30011) FROM n;
DELETE FROM Packages WHERE hnum % 7 = 0;`;

needs("sqlite3").describe("sqlite3", () => {
	let work: string;
	const at = (name: string): string => join(work, name);
	beforeAll(() => {
		work = mkdtempSync(join(tmpdir(), "pvpkg-sqlite-"));
	});
	afterAll(() => rmSync(work, { recursive: true, force: true }));

	function read(name: string, log?: string): string[] {
		const content = (file: string) => bufferContent(readFileSync(at(file)));
		const rows = readSqliteTable(content(name), log === undefined ? undefined : content(log), "Packages", 2);
		return [...rows].map(([, blob]) =>
			Buffer.from(blob as Uint8Array)
				.toString("hex")
				.toUpperCase(),
		);
	}

	const listed = (name: string): string[] =>
		run("sqlite3", at(name), "SELECT hex(blob) FROM Packages ORDER BY hnum").trimEnd().split("\n");

	test.each([
		[512, "NONE"],
		[1024, "FULL"],
		[4096, "NONE"],
		[65536, "INCREMENTAL"],
	])("a table on pages of %d bytes, auto_vacuum %s", (size, vacuum) => {
		const name = `${size}.sqlite`;
		run("sqlite3", at(name), `PRAGMA page_size=${size}; PRAGMA auto_vacuum=${vacuum}; ${FILL}`);
		expect(read(name)).toEqual(listed(name));
		expect(read(name)).toHaveLength(343);
	});

	test("a write-ahead log that no checkpoint has seen", () => {
		const copy = `.shell cp ${at("log.sqlite")} ${at("copy.sqlite")}; cp ${at("log.sqlite-wal")} ${at("copy.sqlite-wal")}\n`;
		const script = `PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;\n${FILL}
UPDATE Packages SET blob = randomblob(5000) WHERE hnum % 5 = 0;\n${copy}`;
		filterThrough(Buffer.from(script), "sqlite3", at("log.sqlite"));
		const seen = read("copy.sqlite", "copy.sqlite-wal");
		expect(seen).toEqual(listed("log.sqlite"));
		expect(seen).toHaveLength(343);
	});
});
