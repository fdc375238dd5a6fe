import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { catalogueOf, versionsOf } from "../support/catalogue-trees.js";
import { needs } from "../support/needs.js";
import { run } from "../support/programs.js";
import { rpmHeader } from "../support/rpm-header.js";

const NAMES = Array.from({ length: 300 }, (_, at) => `package-${at}`);

/** Of some a header that fits a page, of others one that takes several pages. */
function headerOf(name: string, at: number): Buffer {
	return rpmHeader({
		1000: name,
		1001: "1",
		1002: `${at}`,
		1049: Array(at % 7 === 0 ? 900 : 1).fill("other"),
	});
}

/** What db5.3_dump writes: a blank before each item, in hexadecimal digits. */
function dumpOf(items: readonly Buffer[], order: number): string {
	const head = `VERSION=3\nformat=bytevalue\ntype=hash\ndb_lorder=${order}\ndb_pagesize=4096\nHEADER=END\n`;
	return `${head}${items.map((item) => ` ${item.toString("hex")}\n`).join("")}DATA=END\n`;
}

// Debian's rpm writes no other form than SQLite any more; Berkeley DB's own program still makes that one.
needs("db5.3_load").describe("a database in the form of Berkeley DB", () => {
	test.each([
		["little-endian", 1234],
		["big-endian", 4321],
	])("of a %s machine is read whole", (_, order) => {
		const work = mkdtempSync(join(tmpdir(), "pvpkg-bdb-"));
		try {
			const pairs = NAMES.map((name, at) => [keyOf(at + 1, order), headerOf(name, at)]);
			const items = [keyOf(0, order), keyOf(NAMES.length + 1, order), ...pairs.flat()];
			writeFileSync(join(work, "dump"), dumpOf(items, order));
			run("db5.3_load", "-f", join(work, "dump"), join(work, "Packages"));
			const catalogue = catalogueOf({ "var/lib/rpm/Packages": readFileSync(join(work, "Packages")) });
			expect(versionsOf(catalogue).sort()).toEqual(NAMES.map((name, at) => `${name} 1-${at}`).sort());
			expect(catalogue.incomplete).toEqual([]);
		} finally {
			rmSync(work, { recursive: true, force: true });
		}
	});
});

function keyOf(number: number, order: number): Buffer {
	const key = Buffer.alloc(4);
	if (order === 1234) key.writeUInt32LE(number);
	else key.writeUInt32BE(number);
	return key;
}
