import { deflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { parseCatalogueValue } from "../../../src/evidence/catalogue/catalogue-value.js";
import { catalogueTree, catalogueValue } from "../../../src/evidence/catalogue/index.js";
import { encodeSbom } from "../../../src/evidence/sbom/index.js";
import { encodeCanonicalJson, parseJson } from "../../../src/ground/json/index.js";
import { berkeleyFile } from "../../support/berkeley-file.js";
import { DEBIAN_12, treeOf } from "../../support/catalogue-trees.js";
import { elfWithSections } from "../../support/elf-sections.js";
import { goBuildInfo, oldGoBuildInfo } from "../../support/go-build-info.js";
import { file } from "../../support/inodes.js";
import { mutate, Random } from "../../support/mutations.js";
import { ndbFile } from "../../support/ndb-file.js";
import { rpmHeader } from "../../support/rpm-header.js";
import { containerOf, subjectOf } from "../../support/sbom-subjects.js";
import { SEED } from "../../support/seed.js";
import { sqliteFile, sqliteLog } from "../../support/sqlite-file.js";

const RUNS = Number(process.env.PVPKG_FUZZ_RUNS ?? 1500);
/** Milliseconds that work may take which grows with the size of the input; others take minutes. */
const PATIENCE = 120_000;

const STANZA =
	"Package: a\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:2-3\nSource: s (1)\nDepends: b (>= 1) | c, d\nProvides: x (= 1)\nDescription: t\n u\n .\n\n";
const MODULES = "path\tx/y\nmod\tx/y\t(devel)\ndep\tg.com/A/b\tv1\th1:x\n=>\tg.com/c\tv2\th1:y\nbuild\tk=v\n";
const AUDIT = {
	packages: [
		{ name: "a", version: "1", dependencies: [1], root: true },
		{ name: "b", version: "2" },
	],
};
const HEADER = rpmHeader({
	1000: "bash",
	1001: "5.2",
	1002: "1.fc40",
	1003: [1],
	1014: "MIT",
	1022: "x86_64",
	1047: ["bash", "sh"],
	1049: ["glibc"],
	1116: [0],
	1117: ["METADATA"],
	1118: ["/usr/lib/python3/a-1.dist-info/"],
});
const ROWS = [1, 2, 3].map((id) => [id, HEADER] as const);
const DATABASE = sqliteFile({ table: "Packages", rows: ROWS });

/** Every kind of file that a cataloger reads, whole. */
const FILES: Readonly<Record<string, Buffer>> = {
	"etc/os-release": Buffer.from(DEBIAN_12),
	"etc/debian_version": Buffer.from("12.5\n"),
	"var/lib/dpkg/status": Buffer.from(STANZA + STANZA.replace("Package: a", "Package: b")),
	"var/lib/dpkg/status.d/z": Buffer.from(STANZA.replace("Package: a", "Package: z")),
	"var/lib/dpkg/info/a.list": Buffer.from("/.\n/usr/lib/python3/a-1.dist-info/METADATA\n"),
	"usr/share/doc/a/copyright": Buffer.from(
		"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: MIT\n x\n",
	),
	"usr/lib/opkg/status": Buffer.from(STANZA),
	"usr/lib/opkg/info/a.control": Buffer.from("Package: a\nVersion: 1\nLicense: MIT\nCPE-ID: cpe:/a:b:c\n"),
	"lib/apk/db/installed": Buffer.from(
		"P:musl\nV:1\nA:x\nL:MIT\no:m\nD:so:a !b c>1\np:so:a=1\nF:lib\nR:x\n\nP:b\nV:2\n\n",
	),
	"usr/lib/sysimage/rpm/rpmdb.sqlite": DATABASE,
	"usr/lib/sysimage/rpm/rpmdb.sqlite-wal": sqliteLog([[[2, DATABASE.subarray(512, 1024)]]]),
	"usr/lib/sysimage/rpm/Packages.db": ndbFile([HEADER, HEADER]),
	"usr/share/rpm/Packages": berkeleyFile([HEADER, rpmHeader({ 1000: "a", 1001: "1", 1002: "1" })]),
	"app/node_modules/a/package.json": Buffer.from(
		'{"name":"@s/a","version":"1.0.0","license":{"type":"MIT"},"dependencies":{"b":"*"}}',
	),
	"app/node_modules/b/package.json": Buffer.from(
		'{"name":"b","version":"2","licenses":["MIT",{"type":"ISC"}]}',
	),
	"usr/lib/python3/a-1.dist-info/METADATA": Buffer.from(
		'Name: a\nVersion: 1\nLicense: BSD\nRequires-Dist: b[x] (>=1); extra == "y"\n\ntext\n',
	),
	"usr/bin/go": elfWithSections({ sections: { ".go.buildinfo": goBuildInfo("go1.22", MODULES) } }),
	"usr/bin/go-old": elfWithSections({
		sections: { ".go.buildinfo": oldGoBuildInfo("go1.16", MODULES, 0x10000, 4) },
		bits: 32,
		address: 0x10000,
	}),
	"usr/bin/go-stripped": elfWithSections({
		sections: { ".go.buildinfo": goBuildInfo("go1.22", MODULES) },
		stripped: true,
	}),
	"usr/bin/rust": elfWithSections({ sections: { ".dep-v0": deflateSync(JSON.stringify(AUDIT)) } }),
};
const PATHS = Object.keys(FILES);

const treeWith = (changed: Readonly<Record<string, Buffer>>) =>
	treeOf(
		Object.fromEntries(
			Object.entries({ ...FILES, ...changed }).map(([path, bytes]) => [path, file(bytes, { mode: 0o755 })]),
		),
	);

test("whole files of all kinds leave nothing unread", () => {
	const { incomplete, components } = catalogueTree(treeWith({}));
	expect(incomplete).toEqual([]);
	expect(new Set(components.map(({ type }) => type)).size).toBe(8);
});

// PVPKG_FUZZ_RUNS makes it longer; PVPKG_TEST_SEED chooses other ones.
test(
	`${RUNS} damaged databases: no error, no end that does not come, and whole documents`,
	() => {
		for (let run = 0; run < RUNS; run++) {
			const random = new Random(SEED * 1_000_003 + run);
			const path = random.pick(PATHS);
			const bytes = mutate(FILES[path]!, random);
			const about = `seed ${SEED}, run ${run}: ${path}`;
			let catalogue: ReturnType<typeof catalogueTree>;
			try {
				catalogue = catalogueTree(treeWith({ [path]: bytes }));
			} catch (cause) {
				throw new Error(about, { cause });
			}
			if (run % 16 > 0) continue;
			const text = encodeCanonicalJson(catalogueValue(catalogue));
			const subject = subjectOf([containerOf("demo", parseCatalogueValue(parseJson(text, about)))]);
			expect(subject.containers[0]!.catalogue, about).toEqual(catalogue);
			for (const format of ["spdx-json", "cyclonedx-json"] as const) {
				expect(encodeSbom(subject, format), about).toBe(
					encodeSbom(subjectOf([containerOf("demo", catalogue)]), format),
				);
			}
		}
	},
	PATIENCE + RUNS * 10,
);

test("a cut anywhere in a database is noted, unless whole entries are what is left", () => {
	for (const path of ["var/lib/dpkg/status", "lib/apk/db/installed", "usr/lib/opkg/status"]) {
		const whole = FILES[path]!;
		const count = (bytes: Buffer) => catalogueTree(treeOf({ [path]: bytes }));
		const all = count(whole).components.length;
		for (let size = 1; size < whole.length; size++) {
			const { components, incomplete } = count(whole.subarray(0, size));
			const isEntry = whole.subarray(0, size).toString().endsWith("\n\n");
			expect({ path, size, told: incomplete.length > 0 || (isEntry && components.length < all) }).toEqual({
				path,
				size,
				told: true,
			});
		}
	}
});

// Inputs of which a careless reader's work grows with the square of their size, or does not end.
const MANY = 100_000;
test.each<[string, Record<string, Buffer | string>]>([
	["one name many times", { "var/lib/dpkg/status": STANZA.repeat(4000) }],
	[
		"one version of one name each",
		{
			"var/lib/dpkg/status": Array.from({ length: 8000 }, (_, n) => `Package: a\nVersion: ${n}\n\n`).join(""),
		},
	],
	[
		"many alternatives",
		{ "var/lib/dpkg/status": `Package: a\nVersion: 1\nDepends: ${"a|".repeat(MANY)}\n\n` },
	],
	["many requirements", { "lib/apk/db/installed": `P:a\nV:1\nD:${"a ".repeat(MANY)}\n\n` }],
	[
		"many claims of one file",
		{
			"usr/lib/python3/a-1.dist-info/METADATA": FILES["usr/lib/python3/a-1.dist-info/METADATA"]!,
			"var/lib/dpkg/status": STANZA,
			"var/lib/dpkg/info/a.list": "/usr/lib/python3/a-1.dist-info/METADATA\n".repeat(20_000),
		},
	],
	["a name of a megabyte", { "var/lib/dpkg/status": `Package: ${"a".repeat(1 << 19)}\nVersion: 1\n\n` }],
	["brackets", { "node_modules/a/package.json": "[".repeat(1 << 20) }],
	[
		"semicolons",
		{ "x/a-1.dist-info/METADATA": `Name: a\nVersion: 1\nRequires-Dist: a${";".repeat(500_000)}\n` },
	],
	[
		"parentheses of a licence",
		{
			"node_modules/a/package.json": JSON.stringify({ name: "a", version: "1", license: "(".repeat(3000) }),
		},
	],
])("%s: linear work", { timeout: PATIENCE }, (_, files) => {
	const catalogue = catalogueTree(treeOf(files));
	encodeSbom(subjectOf([containerOf("demo", catalogue)]), "spdx-json");
	expect(catalogue.components.length + catalogue.incomplete.length).toBeGreaterThan(0);
});
