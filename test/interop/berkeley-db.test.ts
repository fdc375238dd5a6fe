import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { catalogueOf } from "../support/catalogue-trees.js";
import { needs } from "../support/needs.js";
import { run } from "../support/programs.js";

// Debian's rpm writes no other form than SQLite any more; Berkeley DB's own program still makes that one.
needs("db5.3_load").describe("a database in the form of Berkeley DB", () => {
	test("is reported as not read, and its catalogue as incomplete", () => {
		const work = mkdtempSync(join(tmpdir(), "pvpkg-bdb-"));
		try {
			const dump = "VERSION=3\nformat=print\ntype=hash\nHEADER=END\n key\n a header\nDATA=END\n";
			writeFileSync(join(work, "dump"), dump);
			run("db5.3_load", "-f", join(work, "dump"), join(work, "Packages"));
			const files = { "var/lib/rpm/Packages": readFileSync(join(work, "Packages")) };
			const { components, incomplete } = catalogueOf(files);
			expect(components).toEqual([]);
			expect(incomplete).toEqual([
				expect.objectContaining({ reason: "a package database in the form of Berkeley DB is not read" }),
			]);
		} finally {
			rmSync(work, { recursive: true, force: true });
		}
	});
});
