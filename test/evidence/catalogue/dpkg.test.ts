import { expect, test } from "vitest";
import {
	catalogueOf,
	componentOf,
	DEBIAN_12,
	requirementsOf,
	versionsOf,
} from "../../support/catalogue-trees.js";
import { symlink } from "../../support/inodes.js";

const STATUS = "var/lib/dpkg/status";

function stanza(name: string, version: string, more = "", state = "install ok installed"): string {
	return `Package: ${name}\nStatus: ${state}\nArchitecture: amd64\nVersion: ${version}\n${more}\n`;
}

test("a package has the distribution's point release, its architecture and its source", () => {
	const catalogue = catalogueOf({
		"usr/lib/os-release": DEBIAN_12,
		"etc/debian_version": "12.15\n",
		[STATUS]: stanza("libc6", "2.36-9+deb12u10", "Source: glibc (2.36-9)\n"),
	});
	expect(catalogue.system).toMatchObject({ id: "debian", version: "12.15", path: "/usr/lib/os-release" });
	expect(catalogue.components).toEqual([
		{
			type: "deb",
			namespace: "debian",
			name: "libc6",
			version: "2.36-9+deb12u10",
			qualifiers: { arch: "amd64", distro: "debian-12.15", upstream: "glibc@2.36-9" },
			path: "/var/lib/dpkg/status",
			requires: [],
		},
	]);
	expect(catalogue.incomplete).toEqual([]);
});

test("etc/debian_version counts only where it is a release of os-release's version", () => {
	for (const [text, expected] of [
		["trixie/sid\n", "debian-12"],
		["6.1\n", "debian-12"],
		["12.15\n", "debian-12.15"],
	] as const) {
		const catalogue = catalogueOf({
			"etc/os-release": DEBIAN_12,
			"etc/debian_version": text,
			[STATUS]: stanza("a", "1"),
		});
		expect(componentOf(catalogue, "a").qualifiers.distro).toBe(expected);
	}
});

test("os-release is found through the symlinks of the image", () => {
	const catalogue = catalogueOf({
		"etc/os-release": symlink("/usr/lib/os/release"),
		"usr/lib/os": symlink("../share/os"),
		"usr/share/os/release": DEBIAN_12,
	});
	expect(catalogue.system?.id).toBe("debian");
});

test("packages whose files are in place count, removed ones do not", () => {
	const catalogue = catalogueOf({
		[STATUS]: [
			stanza("installed", "1"),
			stanza("held", "1", "", "hold ok installed"),
			stanza("unpacked", "1", "", "install ok unpacked"),
			stanza("removed", "1", "", "deinstall ok config-files"),
			stanza("purged", "1", "", "purge ok not-installed"),
		].join(""),
	});
	expect(versionsOf(catalogue)).toEqual(["held 1", "installed 1", "unpacked 1"]);
});

test("fields go on over lines that begin with a blank, whatever stands in them", () => {
	const more = "Description: a tool\n Version: 9\n .\n\tPackage: other\nConffiles:\n /etc/a 0123\n";
	expect(versionsOf(catalogueOf({ [STATUS]: stanza("tool", "1:2~rc1", more) }))).toEqual(["tool 1:2~rc1"]);
});

test("dependencies are those that are in the image, an alternative or a virtual package too", () => {
	const catalogue = catalogueOf({
		[STATUS]: [
			stanza("app", "1", "Pre-Depends: libc6 (>= 2)\nDepends: exim4 | mta:any, absent, awk\n"),
			stanza("libc6", "2"),
			stanza("postfix", "3", "Provides: mta (= 1), smtp\n"),
			stanza("mawk", "4", "Provides: awk\n"),
		].join(""),
	});
	expect(requirementsOf(catalogue, "app")).toEqual(["libc6", "mawk", "postfix"]);
});

test("of two architectures of one package each is listed, and needs its own", () => {
	const foreign =
		"Package: libz\nStatus: install ok installed\nArchitecture: i386\nVersion: 1\nDepends: libc\n\n";
	const libc = "Package: libc\nStatus: install ok installed\nArchitecture: i386\nVersion: 2\n\n";
	const catalogue = catalogueOf({ [STATUS]: stanza("libc", "2") + libc + foreign });
	const [needed] = componentOf(catalogue, "libz").requires;
	expect(catalogue.components[needed!]!.qualifiers.arch).toBe("i386");
});

test("distroless images have a file a package, without a state", () => {
	const catalogue = catalogueOf({
		"etc/os-release": DEBIAN_12,
		"var/lib/dpkg/status.d/base": "Package: base-files\nVersion: 12.4\nArchitecture: arm64",
		"var/lib/dpkg/status.d/base.md5sums": "0123  usr/share/x\n",
		"var/lib/dpkg/status.d/tzdata": "Package: tzdata\nVersion: 2024a\nArchitecture: all\n",
	});
	expect(versionsOf(catalogue)).toEqual(["base-files 12.4", "tzdata 2024a"]);
	expect(catalogue.incomplete).toEqual([]);
});

test("a root in a directory of the image has its own distribution", () => {
	const catalogue = catalogueOf({
		"etc/os-release": DEBIAN_12,
		"srv/jail/etc/os-release": "ID=ubuntu\nVERSION_ID=24.04\n",
		"srv/jail/var/lib/dpkg/status": stanza("inner", "1"),
		[STATUS]: stanza("outer", "1"),
	});
	expect(componentOf(catalogue, "inner").qualifiers.distro).toBe("ubuntu-24.04");
	expect(componentOf(catalogue, "outer").qualifiers.distro).toBe("debian-12");
});

test("a licence is that of all files, in the words of a machine-readable copyright", () => {
	const format = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n";
	const body = "\nFiles: debian/*\nLicense: GPL-2\n\nFiles: *\nCopyright: me\nLicense: MIT\n text of it\n";
	const catalogue = catalogueOf({
		[STATUS]: stanza("a", "1") + stanza("b", "1") + stanza("c", "1"),
		"usr/share/doc/a/copyright": format + body,
		"usr/share/doc/b": symlink("a"),
		"usr/share/doc/c/copyright": `This is GPL.\n${body}`,
	});
	expect(catalogue.components.map(({ licence }) => licence)).toEqual(["MIT", "MIT", undefined]);
});

test("a Python package that a Debian package installed belongs to it", () => {
	const metadata = "Metadata-Version: 2.1\nName: Foo_Bar\nVersion: 1.0\n";
	const catalogue = catalogueOf({
		[STATUS]: stanza("python3-foo", "1.0-2"),
		"var/lib/dpkg/info/python3-foo.list": "/.\n/lib/python3/foo_bar-1.0.dist-info/METADATA\n",
		"usr/lib/python3/foo_bar-1.0.dist-info/METADATA": metadata,
		"opt/foo_bar-1.0.dist-info/METADATA": metadata,
	});
	const owners = catalogue.components.map(({ path, owner }) => [
		path,
		catalogue.components[owner ?? -1]?.name,
	]);
	expect(Object.fromEntries(owners)).toMatchObject({
		"/usr/lib/python3/foo_bar-1.0.dist-info/METADATA": "python3-foo",
		"/opt/foo_bar-1.0.dist-info/METADATA": undefined,
	});
});

test("a database that is cut is incomplete, wherever it is cut", () => {
	const whole = [1, 2, 3].map((n) => stanza(`p${n}`, `${n}`, "Depends: p1\nDescription: x\n y\n")).join("");
	const reports = Array.from({ length: whole.length - 1 }, (_, at) => {
		const { components, incomplete } = catalogueOf({ [STATUS]: whole.slice(0, at + 1) });
		return { components: components.length, incomplete: incomplete.length };
	});
	const ends = reports.filter(({ incomplete }) => incomplete === 0);
	// Only where a whole package ends, nobody can see that others followed.
	expect(ends).toEqual([
		{ components: 1, incomplete: 0 },
		{ components: 2, incomplete: 0 },
	]);
});

test("a package without a version, and lines that are not fields, are noted; the others are listed", () => {
	const catalogue = catalogueOf({
		[STATUS]: `${stanza("a", "1")}Package: b\n\nrubbish\n\n${stanza("c", "1")}`,
	});
	expect(versionsOf(catalogue)).toEqual(["a 1", "c 1"]);
	expect(catalogue.incomplete.map(({ reason }) => reason)).toEqual([
		"b: expected Package and Version",
		"line 8: expected a field",
	]);
});
