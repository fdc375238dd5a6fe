import { expect, test } from "vitest";
import { berkeleyFile } from "../../support/berkeley-file.js";
import { catalogueOf, componentOf, requirementsOf, versionsOf } from "../../support/catalogue-trees.js";
import { ndbFile } from "../../support/ndb-file.js";
import { type RpmValues, rpmHeader } from "../../support/rpm-header.js";
import { sqliteFile } from "../../support/sqlite-file.js";

const FEDORA = "ID=fedora\nVERSION_ID=40\n";
const DATABASE = "usr/lib/sysimage/rpm/rpmdb.sqlite";

function database(...packages: readonly RpmValues[]): Buffer {
	const rows = packages.map((values, at) => [at + 1, rpmHeader(values)] as const);
	return sqliteFile({ table: "Packages", rows, pageSize: 4096 });
}

const BASH: RpmValues = {
	1000: "bash",
	1001: "5.2.26",
	1002: "3.fc40",
	1003: [1],
	1014: "GPL-3.0-or-later",
	1022: "x86_64",
	1044: "bash-5.2.26-3.fc40.src.rpm",
	1047: ["bash", "/bin/sh"],
	1049: ["libc.so.6()(64bit)", "rpmlib(FileDigests)"],
	1116: [0, 1],
	1117: ["bash", "METADATA"],
	1118: ["/usr/bin/", "/usr/lib/python3.12/foo-1.dist-info/"],
};
const GLIBC: RpmValues = {
	1000: "glibc",
	1001: "2.39",
	1002: "8.fc40",
	1022: "x86_64",
	1047: ["glibc", "libc.so.6()(64bit)"],
};

test("Fedora's packages have version and release, epoch, source and what they need", () => {
	const catalogue = catalogueOf({ "etc/os-release": FEDORA, [DATABASE]: database(BASH, GLIBC) });
	expect(versionsOf(catalogue)).toEqual(["bash 5.2.26-3.fc40", "glibc 2.39-8.fc40"]);
	expect(componentOf(catalogue, "bash")).toMatchObject({
		namespace: "fedora",
		qualifiers: {
			arch: "x86_64",
			distro: "fedora-40",
			epoch: "1",
			upstream: "bash-5.2.26-3.fc40.src.rpm",
		},
		licence: "GPL-3.0-or-later",
	});
	expect(requirementsOf(catalogue, "bash")).toEqual(["glibc"]);
});

test("a package owns the files of its header", () => {
	const catalogue = catalogueOf({
		[DATABASE]: database(BASH),
		"usr/lib/python3.12/foo-1.dist-info/METADATA": "Name: foo\nVersion: 1\n",
	});
	expect(catalogue.components[componentOf(catalogue, "foo").owner!]!.name).toBe("bash");
});

test.each([
	["ndb, of openSUSE", "usr/lib/sysimage/rpm/Packages.db", ndbFile],
	["Berkeley DB, of RHEL 8 and older ones", "var/lib/rpm/Packages", berkeleyFile],
] as const)("packages are listed from a database in the form of %s", (_, path, write) => {
	const catalogue = catalogueOf({ "etc/os-release": FEDORA, [path]: write([BASH, GLIBC].map(rpmHeader)) });
	const other = catalogueOf({ "etc/os-release": FEDORA, [DATABASE]: database(BASH, GLIBC) });
	const at = ({ components }: typeof other, path: string) => components.map((one) => ({ ...one, path }));
	expect(at(catalogue, "")).toEqual(at(other, ""));
	expect(catalogue.components.map(({ path }) => path)).toEqual([`/${path}`, `/${path}`]);
	expect(catalogue.incomplete).toEqual([]);
});

test.each([
	["Packages.db", "expected at least 32 bytes, got 1"],
	["Packages", "expected a Berkeley DB, got too few bytes"],
])("%s that is none is reported as not read", (name, reason) => {
	const path = `usr/lib/sysimage/rpm/${name}`;
	expect(catalogueOf({ [path]: "x" }).incomplete).toEqual([{ path: `/${path}`, reason }]);
});

test("a key of a signer is listed as rpm -qa lists it, without a source", () => {
	const key = { 1000: "gpg-pubkey", 1001: "f4a80eb5", 1002: "53a7ff4b", 1014: "pubkey", 1044: "(none)" };
	const { qualifiers, version } = componentOf(catalogueOf({ [DATABASE]: database(key) }), "gpg-pubkey");
	expect([version, qualifiers]).toEqual(["f4a80eb5-53a7ff4b", {}]);
});

test("a header that is damaged leaves the others readable", () => {
	const rows = [
		[1, rpmHeader(BASH).subarray(0, 90)],
		[2, rpmHeader(GLIBC)],
	] as const;
	const catalogue = catalogueOf({ [DATABASE]: sqliteFile({ table: "Packages", rows, pageSize: 4096 }) });
	expect(versionsOf(catalogue)).toEqual(["glibc 2.39-8.fc40"]);
	expect(catalogue.incomplete).toHaveLength(1);
});

test("numbers that go beyond their header are incomplete, and the others readable", () => {
	const header = rpmHeader(BASH);
	const entry = 8 + 16 * Object.keys(BASH).indexOf("1003");
	expect(header.readUInt32BE(entry)).toBe(1003);
	header.writeUInt32BE(0x7fffffff, entry + 8);
	const rows = [
		[1, header],
		[2, rpmHeader(GLIBC)],
	] as const;
	const catalogue = catalogueOf({ [DATABASE]: sqliteFile({ table: "Packages", rows, pageSize: 4096 }) });
	expect(versionsOf(catalogue)).toEqual(["glibc 2.39-8.fc40"]);
	expect(catalogue.incomplete).toMatchObject([
		{ reason: expect.stringContaining("rpm tag 1003: its numbers go beyond the header") },
	]);
});

test("a database that is cut is incomplete, wherever it is cut", () => {
	const whole = database(BASH, GLIBC);
	for (let size = 0; size < whole.length; size += 97) {
		const { components, incomplete } = catalogueOf({ [DATABASE]: whole.subarray(0, size) });
		expect({ size, whole: components.length === 2 || incomplete.length > 0 }).toEqual({ size, whole: true });
	}
});
