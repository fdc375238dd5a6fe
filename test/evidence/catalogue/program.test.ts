import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { catalogueOf, componentOf, requirementsOf, versionsOf } from "../../support/catalogue-trees.js";
import { elfWithSections } from "../../support/elf-sections.js";
import { goBuildInfo, oldGoBuildInfo } from "../../support/go-build-info.js";
import { file } from "../../support/inodes.js";

const MODULES = `path\texample.com/tool/cmd
mod\texample.com/tool\t(devel)\t
dep\tgithub.com/BurntSushi/toml\tv1.3.2\th1:x=
dep\tgolang.org/x/old\tv0.1.0
=>\tgolang.org/x/new\tv0.2.0\th1:y=
dep\texample.com/local\tv1.0.0
=>\t./local\t(devel)\t
dep\texample.com/older\tv1.0.0
=>\t../older\t\t
build\t-ldflags="-X main.version=1"
`;
const EXPECTED = [
	"stdlib 1.22.1",
	"example.com/local ",
	"example.com/older ",
	"example.com/tool (devel)",
	"github.com/BurntSushi/toml v1.3.2",
	"golang.org/x/new v0.2.0",
];

const program = (bytes: Uint8Array) => file(bytes, { mode: 0o755 });

describe("Go", () => {
	test("the modules of a program are listed, what replaced them in their place", () => {
		const info = goBuildInfo("go1.22.1 X:boringcrypto", MODULES);
		const catalogue = catalogueOf({
			"bin/tool": program(elfWithSections({ sections: { ".go.buildinfo": info } })),
		});
		expect(versionsOf(catalogue).sort()).toEqual(EXPECTED.toSorted());
		expect(requirementsOf(catalogue, "tool")).toEqual(["stdlib", "local", "older", "toml", "new"]);
		expect(componentOf(catalogue, "toml")).toMatchObject({
			namespace: "github.com/BurntSushi",
			path: "/bin/tool",
		});
	});

	test.each([
		[4, 32],
		[8, 64],
	] as const)("programs of Go before 1.18 point to it, with pointers of %d bytes", (pointerSize, bits) => {
		const address = 0x4000;
		const info = oldGoBuildInfo("go1.16", MODULES, address, pointerSize);
		const bytes = elfWithSections({ sections: { ".go.buildinfo": info }, bits, address });
		const versions = versionsOf(catalogueOf({ "bin/tool": program(bytes) }));
		expect(versions.sort()).toEqual(EXPECTED.map((one) => one.replace("1.22.1", "1.16")).sort());
	});

	test("programs of Go that do not list their sections are searched", () => {
		const sections = { ".data": Buffer.alloc(100), ".go.buildinfo": goBuildInfo("go1.22.1", MODULES) };
		const bytes = elfWithSections({ sections, stripped: true });
		expect(versionsOf(catalogueOf({ "bin/tool": program(bytes) })).sort()).toEqual(EXPECTED.toSorted());
	});

	test("32-bit big-endian programs are read", () => {
		const sections = { ".go.buildinfo": goBuildInfo("go1.22.1", MODULES) };
		const bytes = elfWithSections({ sections, bits: 32, endianness: "big" });
		expect(versionsOf(catalogueOf({ "bin/tool": program(bytes) }))).toHaveLength(6);
	});

	test("a file that cannot be executed is not a program", () => {
		const bytes = elfWithSections({ sections: { ".go.buildinfo": goBuildInfo("go1.22.1", MODULES) } });
		expect(catalogueOf({ "usr/share/tool": bytes }).components).toEqual([]);
	});

	test("information that is cut is noted", () => {
		const info = goBuildInfo("go1.22.1", MODULES).subarray(0, 60);
		const bytes = elfWithSections({ sections: { ".go.buildinfo": info } });
		expect(catalogueOf({ "bin/tool": program(bytes) }).incomplete).toEqual([
			{ path: "/bin/tool", reason: "Go build information: it goes beyond its section" },
		]);
	});
});

describe("Rust", () => {
	const audit = {
		packages: [
			{ name: "tool", version: "0.1.0", source: "local", dependencies: [1, 2], root: true },
			{ name: "serde", version: "1.0.200", source: "crates.io" },
			{ name: "cc", version: "1.0.0", source: "crates.io", kind: "build" },
		],
	};

	test("crates of a program are listed, those that only built it are not", () => {
		const section = deflateSync(Buffer.from(JSON.stringify(audit)));
		const catalogue = catalogueOf({ "lib/tool.so": elfWithSections({ sections: { ".dep-v0": section } }) });
		expect(versionsOf(catalogue)).toEqual(["serde 1.0.200", "tool 0.1.0"]);
		expect(requirementsOf(catalogue, "tool")).toEqual(["serde"]);
	});

	test.each([
		["no zlib data", Buffer.from("rubbish")],
		["no JSON", deflateSync(Buffer.from("rubbish"))],
		["no packages", deflateSync(Buffer.from("{}"))],
		["a bomb", deflateSync(Buffer.alloc(17 << 20))],
	])("%s is noted", (_, section) => {
		const catalogue = catalogueOf({
			"bin/tool": program(elfWithSections({ sections: { ".dep-v0": section } })),
		});
		expect(catalogue.incomplete.map(({ path }) => path)).toEqual(["/bin/tool"]);
	});
});

test("files that are not ELF files, and those whose tables lead out of them, are passed over", () => {
	const bytes = elfWithSections({ sections: { ".go.buildinfo": goBuildInfo("go1.22.1", MODULES) } });
	const wild = Buffer.from(bytes);
	wild.writeBigUInt64LE(0xffffffffffffffffn, 40);
	const catalogue = catalogueOf({
		"bin/a": program(Buffer.from("#!/bin/sh\n".repeat(9))),
		"bin/b": program(wild),
	});
	expect(catalogue).toEqual({ components: [], incomplete: [], newest: 0 });
});
