import { execFileSync } from "node:child_process";
import {
	linkSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	symlinkSync,
	truncateSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bufferContent } from "../../src/ground/bytes/index.js";
import type { RootfsTree } from "../../src/image/rootfs/index.js";
import { DEFAULT_IMAGE_OPTIONS } from "../../src/squashfs/format/index.js";
import { applyFormatOptions, parseFormatOptions } from "../../src/squashfs/options/index.js";
import { openImage, readTree } from "../../src/squashfs/read/index.js";
import { noise } from "../support/inodes.js";
import { expectedListing, kernelListing } from "../support/kernel.js";
import { needs } from "../support/needs.js";
import { isRoot, run } from "../support/programs.js";

let directory: string;
let source: string;
let image: string;

beforeAll(() => {
	directory = mkdtempSync(join(tmpdir(), "pvpkg-reader-"));
	source = join(directory, "source");
	image = join(directory, "image.squashfs");
	makeSource(source);
});
afterAll(() => rmSync(directory, { recursive: true }));

function makeSource(root: string): void {
	const path = (name: string): string => join(root, name);
	for (const name of ["bin", "usr/lib/modules/x", "empty", ".hidden", "many"]) {
		mkdirSync(path(name), { recursive: true });
	}
	for (let i = 0; i < 700; i++) writeFileSync(path(`many/file-${i}`), `${i % 50}`.repeat(i % 90));
	for (const size of [0, 1, 4095, 4096, 4097, 131_072, 300_000])
		writeFileSync(path(`noise-${size}`), noise(size, 7));
	writeFileSync(path("bin/one"), "one");
	linkSync(path("bin/one"), path("two"));
	writeFileSync(path("bin/two.sh"), "#!/bin/sh\n");
	writeFileSync(path("usr/lib/modules/x/y.ko"), "module");
	symlinkSync("usr/lib", path("lib"));
	writeFileSync(path("sparse"), "start");
	truncateSync(path("sparse"), 20 << 20);
	writeFileSync(path("naïve 文"), Buffer.alloc(500_000, "text "));
	if (isRoot) run("mknod", path("null"), "c", "1", "3");
	run("mkfifo", path("pipe"));
}

const readBack = (): RootfsTree => readTree(openImage(bufferContent(readFileSync(image))));

/**
 * Inode numbers replaced by the order in which they are met, because images number in their own
 * ways; without the link counts of directories, which tar2sqfs counts in its own way.
 */
function renumbered(listing: readonly string[]): string[] {
	const met = new Map<string, number>();
	return listing.map((line) => {
		const fields = line.split(" ");
		if (fields.length < 11) return line;
		const ordinal = met.get(fields[6]!) ?? met.size;
		met.set(fields[6]!, ordinal);
		if (fields[0] === "d") fields[5] = "-";
		return fields.with(6, String(ordinal)).join(" ");
	});
}

function expectReadAsTheKernelDoes(): void {
	expect(renumbered(expectedListing(readBack()))).toEqual(renumbered(kernelListing(image)));
}

needs("squashfs-tools", "root", "loop devices", "gcc").describe(
	"images of mksquashfs are read as the kernel reads them",
	() => {
		test.each([
			"-comp gzip",
			"-comp gzip -b 4096 -Xstrategy filtered,huffman_only -Xwindow-size 8",
			"-comp xz",
			"-comp xz -Xbcj x86,arm -b 1M",
			"-comp xz -Xdict-size 50%",
			"-comp lz4",
			"-comp lz4 -Xhc -b 4096",
			"-comp zstd",
			"-comp zstd -Xcompression-level 19 -b 1M",
			"-comp gzip -always-use-fragments -no-exports",
			"-comp gzip -no-fragments -no-duplicates",
			"-comp xz -noI -noD -noF -noX",
		])("%s", (options) => {
			run("mksquashfs", source, image, "-noappend", "-no-progress", ...options.split(" "));
			expectReadAsTheKernelDoes();
		});
	},
);

needs("squashfs-tools-ng", "root", "loop devices", "gcc").describe(
	"images of tar2sqfs are read as the kernel reads them",
	() => {
		test.each(["gzip", "xz", "lz4", "zstd"])("%s", (compressor) => {
			const tar = execFileSync("tar", ["-C", source, "-c", "."], { maxBuffer: 1 << 28 });
			execFileSync("tar2sqfs", ["-q", "-f", "-c", compressor, image], { input: tar });
			expectReadAsTheKernelDoes();
		});
	},
);

needs("squashfs-tools").describe("format options change a tree as mksquashfs does", () => {
	test.each([
		"-e lib/modules",
		"-e lib/modules -e bin ",
		"-e two",
		"-e lib",
		"-e usr/../bin/./one .hidden/",
		"-e file-1",
		"-wildcards -e *",
		"-wildcards -e many/file-[1-3]?",
		"-wildcards -e many/!(*7*|*8)",
		"-wildcards -e many/+(file|-)1*",
		"-wildcards -e lib/modules",
		"-regex -e many/[[:digit:]]{2}$",
		"-all-root -all-time 77",
		"-force-uid 3 -root-uid 4 -root-gid 5 -root-mode 4711",
	])("%s", (text) => {
		const words = text.trim().split(/\s+/);
		run("mksquashfs", source, image, "-noappend", "-no-progress");
		const changed = applyFormatOptions(readBack(), parseFormatOptions(text, DEFAULT_IMAGE_OPTIONS));
		run("mksquashfs", source, image, "-noappend", "-no-progress", ...words);
		expect(renumbered(expectedListing(changed))).toEqual(renumbered(expectedListing(readBack())));
	});

	test("a pattern that matches anywhere", () => {
		run("mksquashfs", source, image, "-noappend", "-no-progress");
		const words = "-wildcards -e ... *.[ks][oh]";
		const changed = applyFormatOptions(readBack(), parseFormatOptions(words, DEFAULT_IMAGE_OPTIONS));
		run("mksquashfs", source, image, "-noappend", "-no-progress", "-wildcards", "-e", "... *.[ks][oh]");
		expect(renumbered(expectedListing(changed))).toEqual(renumbered(expectedListing(readBack())));
	});
});
