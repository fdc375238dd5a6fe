import { expect, test } from "vitest";
import { DEFAULT_IMAGE_OPTIONS as DEFAULTS, SquashfsError } from "../../../src/squashfs/format/index.js";
import { parseFormatOptions } from "../../../src/squashfs/options/index.js";

const image = (text: string) => parseFormatOptions(text, DEFAULTS).image;
const changes = (text: string) => parseFormatOptions(text, DEFAULTS).changes;

// docs/formats/pvr.md#the-root-file-system
test("what Yocto users pass, with its space at the end", () => {
	const options = parseFormatOptions("-comp lz4 -Xhc -e lib/modules -e lib/firmware ", DEFAULTS);
	expect(options.image).toEqual({ ...DEFAULTS, compressor: { name: "lz4", highCompression: true } });
	expect(options.changes.excludedPaths).toEqual(["lib/modules", "lib/firmware"]);
	expect(options.notes).toEqual([]);
});

// docs/formats/pvr.md#mistakes-that-are-corrected
test("white space of any kind separates; none of it is a word", () => {
	expect(image("  -comp   gzip \t\n")).toEqual(image("-comp gzip"));
	expect(image("")).toEqual(DEFAULTS);
});

test("a root mode that pvr appended after excludes is not an exclude", () => {
	const { excludedPaths, root } = changes("-e lib/modules -root-mode 0755");
	expect(excludedPaths).toEqual(["lib/modules"]);
	expect(root).toEqual({ mode: 0o755 });
});

test("everything else after -e is an exclude, and says so where it looks like an option", () => {
	const { image, changes, notes } = parseFormatOptions("-e a -comp gzip b", DEFAULTS);
	expect(changes.excludedPaths).toEqual(["a", "-comp", "gzip", "b"]);
	expect(image).toEqual(DEFAULTS);
	expect(notes).toEqual(["-comp: taken as a name to exclude, because it stands after -e"]);
});

test("a list of words keeps the spaces in them", () => {
	expect(parseFormatOptions(["-e", "my file"], DEFAULTS).changes.excludedPaths).toEqual(["my file"]);
});

test("names of host files exclude nothing", () => {
	const { changes, notes } = parseFormatOptions("-e /lib/modules ./x ../y z", DEFAULTS);
	expect(changes.excludedPaths).toEqual(["z"]);
	expect(notes).toHaveLength(3);
});

const xz = { name: "xz", tier: "balanced" };
test.each([
	["-comp xz", xz],
	["-comp xz -Xdict-size 64K", { ...xz, dictionarySize: 65536 }],
	["-comp xz -Xdict-size 37.5% -b 1M", { ...xz, dictionarySize: 393216 }],
	["-comp xz -Xbcj x86", { ...xz, bcj: "x86" }],
	["-comp xz -Xbcj arm,x86", { ...xz, bcj: ["x86", "arm"] }],
	["-comp xz -Xbcj riscv,armthumb,arm64", { ...xz, bcj: ["armthumb", "arm64", "riscv"] }],
	["-comp xz -Xbcj arm", { ...xz, bcj: "arm" }],
	["-comp xz -Xbcj sparc", xz],
	["-comp gzip", { name: "gzip", level: 9, windowLog: 15 }],
	["-Xcompression-level 3 -comp gzip -Xwindow-size 9", { name: "gzip", level: 3, windowLog: 9 }],
	["-comp gzip -Xstrategy filtered,default", { name: "gzip", level: 9, windowLog: 15 }],
	["-comp lz4", { name: "lz4", highCompression: false }],
	["-comp zstd", { name: "zstd", level: 15 }],
	["-comp zstd -Xcompression-level 22", { name: "zstd", level: 22 }],
	["-comp gzip -comp xz", xz],
])("%s", (text, compressor) => {
	expect(image(text).compressor).toEqual(compressor);
});

test.each([
	["-b 4096", { blockSize: 4096 }],
	["-b 256K", { blockSize: 256 << 10 }],
	["-b 1m", { blockSize: 1 << 20 }],
	["-noI", { rawInodes: true }],
	["-noInodeCompression", { rawInodes: true }],
	["-noD -noF", { rawData: true, rawFragments: true }],
	["-noX", { rawXattrs: true }],
	["-no-compression", { rawInodes: true, rawData: true, rawFragments: true, rawXattrs: true }],
	["-no-fragments", { fragments: "none" }],
	["-always-use-fragments", { fragments: "always" }],
	["-no-tailends", { fragments: "small" }],
	["-no-duplicates", { duplicates: false }],
	["-no-exports", { exportable: false }],
	["-no-exports -exports", { exportable: true }],
	["-no-xattrs", { xattrs: false }],
	["-mkfs-time 4294967295", { modificationTime: 0xffffffff }],
	["-fstime 7", { modificationTime: 7 }],
	["-nopad", { pad: false }],
	["-noappend -processors 2 -mem 1G -no-progress -quiet -info -no-recovery -reproducible", {}],
])("%s", (text, changed) => {
	expect(image(text)).toEqual({ ...DEFAULTS, ...changed });
});

test.each([
	["-all-root", { uid: 0, gid: 0 }],
	["-root-owned", { uid: 0, gid: 0 }],
	["-all-root -force-uid 3", { uid: 3, gid: 0 }],
	["-force-gid 4294967295", { gid: 0xffffffff }],
	["-all-time 9", { mtime: 9 }],
	["-root-uid 1 -root-gid 2 -root-time 3", { root: { uid: 1, gid: 2, mtime: 3 } }],
	["-root-mode 4711", { root: { mode: 0o4711 } }],
])("%s", (text, changed) => {
	expect(changes(text)).toEqual({ ...changes(""), ...changed });
});

test.each([
	["-compp xz", "-compp: unknown option"],
	["-Xfast", "-Xfast: unknown option"],
	["lib/modules", "lib/modules: unknown option"],
	["-comp lzo", "-comp lzo: expected gzip, xz, lz4 or zstd"],
	["-comp gzip -Xhc", "-Xhc: unknown option of -comp gzip"],
	["-Xwindow-size 9", "-Xwindow-size: unknown option of -comp xz"],
	["-comp gzip -Xcompression-level 10", "-Xcompression-level: expected 1 to 9, got 10"],
	["-comp gzip -Xcompression-level 0", "-Xcompression-level: expected 1 to 9, got 0"],
	["-comp gzip -Xwindow-size 16", "-Xwindow-size: expected 8 to 15, got 16"],
	["-comp zstd -Xcompression-level 23", "-Xcompression-level: expected 1 to 22, got 23"],
	["-comp", "-comp: expected a compressor, got nothing"],
	["-Xbcj mips", "-Xbcj: expected filters of"],
	["-Xdict-size 5000", "-Xdict-size: expected"],
	["-Xdict-size 256K", "-Xdict-size: expected"],
	["-b 100K", "-b: expected a power of two"],
	["-b 2M", "-b: expected a power of two"],
	["-b", "-b: expected a block size, got nothing"],
	["-e", "-e: expected at least one name"],
	["-root-mode 888", "-root-mode: expected octal"],
	["-root-mode 17777", "-root-mode: expected octal"],
	["-force-uid www-data", "-force-uid: expected a number"],
	["-all-time 4294967296", "-all-time: expected a number"],
	["-ef list", "-ef: the file it names"],
	["-sort list", "-sort: the file it names"],
	["-not-reproducible", "-not-reproducible: images are always reproducible"],
	["-wildcards -e /a", "-e /a: expected a pattern from the root"],
	["-regex -e (", "-e (: expected a pattern"],
])("refuses %s", (text, message) => {
	const parse = () => parseFormatOptions(text, DEFAULTS);
	expect(parse).toThrow(SquashfsError);
	expect(parse).toThrow(`format options: ${message}`);
});
