import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PackageURL } from "packageurl-js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeSbom } from "../../src/evidence/sbom/index.js";
import { catalogueOf } from "../support/catalogue-trees.js";
import { file } from "../support/inodes.js";
import { needs } from "../support/needs.js";
import { containerOf, subjectOf } from "../support/sbom-subjects.js";

// What syft finds in a root file system, and what we find in the same one while it is packed.

/** Differences that are meant: what syft says, what we say, and why. */
const EXPLAINED: readonly { readonly syft?: string; readonly ours?: string; readonly why: string }[] = [
	{
		syft: "deb debian busybox 1.36.1-r0 cortexa7",
		ours: "opkg  busybox 1.36.1-r0 cortexa7",
		why: "syft reads opkg's status as if it were dpkg's, and takes its packages for Debian's",
	},
	{
		syft: "golang example.com main  ",
		ours: "golang example.com main (devel) ",
		why: "syft leaves out the version that Go gives to what is built from a work tree; go version -m prints it",
	},
];

/** A root file system with every kind of package that syft catalogues as installed, too. */
function rootFiles(program: Buffer): Record<string, Buffer> {
	const manifest = (name: string) => readFileSync(`node_modules/${name}/package.json`);
	return {
		"etc/os-release": Buffer.from('ID=debian\nVERSION_ID="12"\nNAME="Debian GNU/Linux"\n'),
		"etc/debian_version": Buffer.from("12.5\n"),
		"var/lib/dpkg/status": readFileSync("/var/lib/dpkg/status"),
		"var/lib/dpkg/status.d/base-files": Buffer.from(
			"Package: base-files-of-distroless\nVersion: 12.4\nArchitecture: amd64\nMaintainer: a\n",
		),
		"usr/lib/opkg/status": Buffer.from(
			"Package: busybox\nVersion: 1.36.1-r0\nDepends: libc\nStatus: install user installed\nArchitecture: cortexa7\n\n",
		),
		"lib/apk/db/installed": Buffer.from(
			"P:musl\nV:1.2.5-r0\nA:x86_64\nL:MIT\no:musl\n\nP:libcrypto3\nV:3.3.1-r0\nA:x86_64\nL:Apache-2.0\no:openssl\n\n",
		),
		"usr/lib/node_modules/commander/package.json": manifest("commander"),
		"usr/lib/node_modules/zod/package.json": manifest("zod"),
		"usr/lib/python3/dist-packages/foo_bar-1.0.dist-info/METADATA": Buffer.from(
			"Metadata-Version: 2.1\nName: Foo.Bar\nVersion: 1.0\n\n",
		),
		"usr/bin/program": program,
	};
}

/** Type, namespace, name, version and architecture, decoded: spellings of one package URL differ. */
function decoded(purl: string): string {
	const { type, namespace, name, version, qualifiers } = PackageURL.fromString(purl);
	return [type, namespace ?? "", name, version ?? "", qualifiers?.arch ?? ""].join(" ");
}

needs("go", "syft", "dpkg-query").describe("syft", () => {
	let work: string;
	let files: Record<string, Buffer>;
	const at = (...path: string[]): string => join(work, ...path);

	beforeAll(() => {
		work = mkdtempSync(join(tmpdir(), "pvpkg-syft-"));
		files = rootFiles(buildProgram());
		for (const [path, bytes] of Object.entries(files)) {
			mkdirSync(dirname(at("root", path)), { recursive: true });
			writeFileSync(at("root", path), bytes, { mode: 0o755 });
		}
	});
	afterAll(() => rmSync(work, { recursive: true, force: true }));

	/** A program of two modules, one of which is replaced by a directory. */
	function buildProgram(): Buffer {
		const sources: Readonly<Record<string, string>> = {
			"local/go.mod": "module example.com/Local/lib\n\ngo 1.17\n",
			"local/lib.go": "package lib\n\nfunc F() {}\n",
			"main/go.mod":
				"module example.com/main\n\ngo 1.17\n\nrequire example.com/Local/lib v1.2.3\n\nreplace example.com/Local/lib => ../local\n",
			"main/main.go": 'package main\n\nimport lib "example.com/Local/lib"\n\nfunc main() { lib.F() }\n',
		};
		for (const [path, text] of Object.entries(sources)) {
			mkdirSync(dirname(at(path)), { recursive: true });
			writeFileSync(at(path), text);
		}
		const env = { ...process.env, CGO_ENABLED: "0", GOPROXY: "off", GOFLAGS: "-buildvcs=false" };
		const built = spawnSync("go", ["build", "-C", at("main"), "-o", at("program"), "."], {
			env,
			encoding: "utf8",
		});
		expect(built.status, built.stderr).toBe(0);
		return readFileSync(at("program"));
	}

	function syft(...args: readonly string[]): string {
		const env = { PATH: process.env.PATH, HOME: work, SYFT_CHECK_FOR_APP_UPDATE: "false" };
		const { status, stdout, stderr } = spawnSync("syft", args, { env, encoding: "utf8", maxBuffer: 1 << 28 });
		expect(status, stderr).toBe(0);
		return stdout;
	}

	const catalogue = () => {
		const program = file(files["usr/bin/program"]!, { mode: 0o755 });
		return catalogueOf({ ...files, "usr/bin/program": program });
	};
	const ours = () =>
		JSON.parse(encodeSbom(subjectOf([containerOf("demo", catalogue())]), "spdx-json")).packages.flatMap(
			(one: { externalRefs?: { referenceType: string; referenceLocator: string }[] }) =>
				(one.externalRefs ?? [])
					.filter(({ referenceType }) => referenceType === "purl")
					.map(({ referenceLocator }) => decoded(referenceLocator)),
		);

	test("finds the same packages in the unpacked tree, apart from what is explained", () => {
		// The catalogers for images: those for directories look for lock files instead of what is installed.
		const scanned = JSON.parse(
			syft("scan", `dir:${at("root")}`, "-o", "json", "-q", "--override-default-catalogers", "image"),
		);
		const theirs = new Set<string>(
			scanned.artifacts
				.map(({ purl }: { purl: string }) => purl)
				.filter(Boolean)
				.map(decoded),
		);
		const own = new Set<string>(ours());
		expect(own.size).toBeGreaterThan(50);
		const explained = (side: "syft" | "ours") => EXPLAINED.flatMap((one) => one[side] ?? []).sort();
		expect([...theirs].filter((one) => !own.has(one)).sort()).toEqual(explained("syft"));
		expect([...own].filter((one) => !theirs.has(one)).sort()).toEqual(explained("ours"));
	});

	test.each(["spdx-json", "cyclonedx-json"] as const)("convert lists every package of our %s", (format) => {
		writeFileSync(at("ours.json"), encodeSbom(subjectOf([containerOf("demo", catalogue())]), format));
		const listed = new Set(
			syft("convert", at("ours.json"), "-o", "table", "-q")
				.split("\n")
				.map((line) => line.trim().split(/ {2,}/).slice(0, 2).join(" ")),
		);
		const packages = catalogue().components.filter(({ version }) => version !== "");
		const lost = packages.filter(({ type, namespace, name, version }) => {
			const full = namespace !== "" && ["golang", "npm"].includes(type) ? `${namespace}/${name}` : name;
			return !listed.has(`${name} ${version}`) && !listed.has(`${full} ${version}`);
		});
		expect(lost.map(({ type, name, version }) => `${type} ${name} ${version}`)).toEqual([]);
	});
});
