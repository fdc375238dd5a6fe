import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll } from "vitest";
import type { CompressorOptions } from "../../src/codec/index.js";
import { openFileContent, PendingFile, Spool, streamContent } from "../../src/ground/files/index.js";
import { type RootfsTree, readArchiveTree } from "../../src/image/rootfs/index.js";
import { readRootfsDirectory } from "../../src/image/sources/index.js";
import { DEFAULT_IMAGE_OPTIONS } from "../../src/squashfs/format/index.js";
import { writeImage } from "../../src/squashfs/write/index.js";
import { ALL_COMPRESSORS, named } from "../support/all-compressors.js";
import { archiveDebian } from "../support/debian-image.js";
import { expectedListing, kernelListing } from "../support/kernel.js";
import { needs } from "../support/needs.js";
import { sampleOf } from "../support/sample.js";

// Images of whole root file systems and of a Node application, with every compressor, level and tier, and with the
// branch filter of their programs, mounted by the kernel and read whole. That takes an hour: in .ci/nightly. In CI a
// small tree stands for them, with one compressor that the seed chooses.
const LONG = process.env.PVPKG_LONG_TESTS !== undefined;
const MINUTES = 60_000;

let folder: string;
let spool: Spool;
beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), "pvpkg-kernel-trees-"));
	spool = Spool.create(folder);
});
afterAll(() => {
	spool.close();
	rmSync(folder, { recursive: true });
});

/** A tree that is read when it is first asked for, and what the kernel is to find in it. */
function once(read: () => Promise<RootfsTree>) {
	let made: Promise<{ readonly tree: RootfsTree; readonly listing: string }> | undefined;
	return async () => {
		made ??= read().then((tree) => ({ tree, listing: expectedListing(tree).join("\n") }));
		return await made;
	};
}

function debian(architecture: string, variant: string, packages: string) {
	return once(async () => {
		const path = join(folder, `${architecture}-${variant}-${packages.length}.tar`);
		await archiveDebian(path, architecture, variant, packages);
		const archive = openFileContent(path);
		try {
			return await readArchiveTree(path, streamContent(archive), spool);
		} finally {
			archive.close();
			rmSync(path);
		}
	});
}

function modules(name: string) {
	return once(() => readRootfsDirectory(resolve("node_modules", name)));
}

const PLUS = "perl,python3.11,nginx,openssh-server,iproute2,curl,libnode108";

const TREES = LONG
	? [
			{ name: "Debian", read: debian("amd64", "minbase", "perl"), filter: "x86" as const },
			{ name: "Debian with servers", read: debian("amd64", "minbase", PLUS), filter: "x86" as const },
			{ name: "Debian for arm64", read: debian("arm64", "extract", "apt,perl"), filter: "arm64" as const },
			{ name: "a Node application", read: modules("."), filter: "x86" as const },
		]
	: [{ name: "a Node package", read: modules("typescript"), filter: "x86" as const }];

for (const { name, read, filter } of TREES) {
	const filtered = (["fast", "balanced", "best"] as const).map(
		(tier): CompressorOptions => ({ name: "xz", tier, bcj: filter }),
	);
	const programs = LONG ? ["mmdebstrap", "Debian 12's archive"] : [];
	needs("root", "loop devices", "gcc", ...programs).test.each(
		named(sampleOf([...ALL_COMPRESSORS, ...filtered], 1)),
	)(`${name}, %s: mounted by the kernel`, { timeout: 20 * MINUTES }, async (_, compressor) => {
		const { tree, listing } = await read();
		const path = join(folder, "image.squashfs");
		const image = PendingFile.create(path);
		await writeImage(tree, image, { ...DEFAULT_IMAGE_OPTIONS, compressor });
		image.commit();
		const found = kernelListing(path).join("\n");
		rmSync(path);
		if (found !== listing) throw new Error(`${name}: ${firstDifference(listing, found)}`);
	});
}

/** Returns the first line that differs: the listings are some megabytes. */
function firstDifference(expected: string, found: string): string {
	const [lines, others] = [expected.split("\n"), found.split("\n")];
	const at = lines.findIndex((line, i) => line !== others[i]);
	return `line ${at + 1}: expected ${lines[at]}, got ${others[at]}`;
}
