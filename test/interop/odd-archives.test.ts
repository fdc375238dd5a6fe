import { createReadStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Spool } from "../../src/ground/files/index.js";
import { readEntries } from "../../src/ground/tar/index.js";
import { needs } from "../support/needs.js";
import { run } from "../support/programs.js";

// docs/formats/images.md#reading-tar, on the files themselves as Debian packages them.

const GO = "usr/share/go-1.19/src/archive/tar/testdata";
const PYTHON = "usr/lib/python3.11/test";

/** File to number of entries, or the code of its refusal. */
const OUTCOMES: Readonly<Record<string, number | string>> = {
	[`${GO}/gnu.tar`]: 2,
	[`${GO}/ustar.tar`]: 1,
	[`${GO}/v7.tar`]: 2,
	[`${GO}/star.tar`]: 2,
	[`${GO}/writer.tar`]: 3,
	[`${GO}/file-and-dir.tar`]: 2,
	[`${GO}/hardlink.tar`]: 2,
	[`${GO}/hdr-only.tar`]: 16,
	[`${GO}/pax.tar`]: 2,
	[`${GO}/pax-records.tar`]: 1,
	[`${GO}/xattrs.tar`]: 2,
	[`${GO}/pax-multi-hdrs.tar`]: 1,
	[`${GO}/gnu-multi-hdrs.tar`]: 1,
	[`${GO}/pax-global-records.tar`]: 4,
	[`${GO}/pax-pos-size-file.tar`]: 1,
	[`${GO}/gnu-long-nul.tar`]: 1,
	[`${GO}/gnu-utf8.tar`]: 1,
	[`${GO}/gnu-not-utf8.tar`]: 1,
	[`${GO}/trailing-slash.tar`]: 1,
	[`${GO}/nil-uid.tar`]: 1,
	[`${GO}/ustar-file-devs.tar`]: 1,
	[`${GO}/gnu-incremental.tar`]: 3,
	[`${GO}/sparse-formats.tar`]: 5,
	[`${GO}/pax-nil-sparse-data.tar`]: 1,
	[`${GO}/pax-nil-sparse-hole.tar`]: 1,
	[`${GO}/gnu-nil-sparse-data.tar`]: 1,
	[`${GO}/gnu-nil-sparse-hole.tar`]: 1,
	[`${GO}/invalid-go17.tar`]: 1,
	[`${PYTHON}/testtar.tar`]: 39, // 43 in Python's own repository: Debian's package has a later version
	[`${GO}/pax-sparse-big.tar`]: "ERR_TAR_LIMIT",
	[`${GO}/gnu-sparse-big.tar`]: "ERR_TAR_LIMIT",
	[`${GO}/writer-big.tar`]: "ERR_TAR_TRUNCATED",
	[`${GO}/writer-big-long.tar`]: "ERR_TAR_TRUNCATED",
	[`${GO}/pax-bad-hdr-file.tar`]: "ERR_TAR_PAX",
	[`${GO}/pax-bad-mtime-file.tar`]: "ERR_TAR_PAX",
	[`${GO}/pax-nul-path.tar`]: "ERR_TAR_PAX",
	[`${GO}/pax-nul-xattrs.tar`]: "ERR_TAR_PAX",
	[`${GO}/pax-path-hdr.tar`]: "ERR_TAR_PAX",
	[`${GO}/neg-size.tar`]: "ERR_TAR_RANGE",
	[`${GO}/issue10968.tar`]: "ERR_TAR_RANGE",
	[`${GO}/issue11169.tar`]: "ERR_TAR_TRUNCATED",
	[`${GO}/issue12435.tar`]: "ERR_TAR_LIMIT",
	[`${PYTHON}/recursion.tar`]: "ERR_TAR_TRUNCATED",
};

const work = mkdtempSync(join(tmpdir(), "odd-archives-"));
const spool = Spool.create(work);

afterAll(() => {
	spool.close();
	rmSync(work, { recursive: true });
});

/** Downloads and unpacks Debian packages into `work`. */
function unpackPackages(...packages: readonly string[]): void {
	run("sh", "-c", `cd ${work} && apt-get -qq -o Acquire::Retries=8 download ${packages.join(" ")}`);
	run("sh", "-c", `cd ${work} && for deb in *.deb; do dpkg-deb -x $deb .; done`);
}

/** Path and digest of every entry of an archive. */
async function contents(
	path: string,
): Promise<{ readonly path: string; readonly sha256: string | undefined }[]> {
	const files = [];
	for await (const entry of readEntries(createReadStream(join(work, path)))) {
		const { sha256 } = await spool.append(entry.body, entry.size, entry.extents);
		files.push({ path: entry.path, sha256 });
	}
	return files;
}

needs("Debian 12's archive").describe("test archives of Go and Python, where apt can download them", () => {
	beforeAll(() => unpackPackages("golang-1.19-src", "libpython3.11-testsuite"));

	test.each(Object.entries(OUTCOMES))("%s: %s", async (path, outcome) => {
		const got = await contents(path).then(
			(files) => files.length,
			(error: { code: string }) => error.code,
		);
		expect(got).toBe(outcome);
	});

	test("all forms of one sparse file are one file", async () => {
		const sparse = (await contents(`${GO}/sparse-formats.tar`)).slice(0, 4);
		expect(sparse.map(({ sha256 }) => sha256?.slice(0, 8))).toEqual(Array(4).fill("ed7c086b"));
		const python = (await contents(`${PYTHON}/testtar.tar`)).filter(({ path }) =>
			path.startsWith("gnu/sparse"),
		);
		expect(python).toHaveLength(4);
		expect(new Set(python.map(({ sha256 }) => sha256)).size).toBe(1);
	});
});
