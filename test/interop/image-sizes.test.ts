import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type WeighedImage, weighImage } from "../../src/compare/report/weighing.js";
import { bufferContent } from "../../src/ground/bytes/index.js";
import { openImage } from "../../src/squashfs/read/index.js";
import { device, directory, file, noise, symlink, zeros } from "../support/inodes.js";
import { kernelListing } from "../support/kernel.js";
import { needs } from "../support/needs.js";
import { run } from "../support/programs.js";
import { imageBytes } from "../support/squashfs-images.js";

// unsquashfs beside our account of an image, and beside what an alignment does to it.

const place = mkdtempSync(join(tmpdir(), "pvpkg-sizes-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const shared = file("a hard link");
const tree = () => ({
	root: directory({
		bin: directory({ app: file(noise(300_000, 1), { mode: 0o4755 }), tool: shared, same: shared }),
		etc: directory({ conf: file("text ".repeat(5000)), empty: file("") }),
		dev: directory({ null: device("character-device", 1, 3) }),
		var: directory({ sparse: file(zeros(1 << 20)), twin: file(noise(300_000, 1)) }),
		link: symlink("bin/app"),
	}),
});

function weigh(bytes: Buffer): WeighedImage {
	const content = bufferContent(bytes);
	return weighImage({ image: openImage(content), content });
}

/** Mode, owner, size, time and path of every name, as unsquashfs lists them. */
const listing = (path: string): string[] =>
	run("unsquashfs", "-lln", path)
		.split("\n")
		.filter((line) => /squashfs-root/.test(line));

needs("squashfs-tools").describe("unsquashfs", () => {
	const [plain, aligned] = [join(place, "plain.squashfs"), join(place, "aligned.squashfs")];
	beforeAll(async () => {
		const xz = { compressor: { name: "xz", tier: "fast" } } as const;
		writeFileSync(plain, await imageBytes(tree(), xz));
		writeFileSync(aligned, await imageBytes(tree(), { ...xz, alignment: { multiple: 4096, minimum: 0 } }));
	});

	test("lists the sizes that the account has", () => {
		const bytes = readFileSync(plain);
		const { account, files } = weigh(bytes);
		const ours = files().map((file) => `${file.path} ${file.size}`);
		const theirs = listing(plain)
			.filter((line) => line.startsWith("-"))
			.map((line) => line.trim().split(/\s+/))
			.map((words) => `${words[5]!.replace("squashfs-root/", "")} ${words[2]}`);
		expect(ours.sort()).toEqual(theirs.sort());
		expect(account.rows.reduce((sum, row) => sum + row.bytes, 0)).toBe(bytes.length);
	});

	test("accounts to the byte for an image of mksquashfs", () => {
		const other = join(place, "mksquashfs.squashfs");
		run("unsquashfs", "-d", join(place, "tree"), plain);
		run("mksquashfs", join(place, "tree"), other, "-comp", "gzip", "-noappend", "-no-progress", "-quiet");
		const bytes = readFileSync(other);
		const { account, files } = weigh(bytes);
		expect(account.rows.reduce((sum, row) => sum + row.bytes, 0)).toBe(bytes.length);
		expect(account.rows.map(({ name }) => name)).not.toContain("gaps");
		expect(files().find((file) => file.path === "bin/app")?.stored).toBeGreaterThan(290_000);
	});

	test("finds an aligned image equal", () => {
		expect(listing(aligned)).toEqual(listing(plain));
		expect(run("unsquashfs", "-d", join(place, "out"), aligned)).toContain("created");
	});

	needs("squashfs-tools-ng").test("so does squashfs-tools-ng", () => {
		expect(run("sqfsdiff", "-a", plain, "-b", aligned)).toBe("");
		expect(run("rdsquashfs", "-d", aligned)).toBe(run("rdsquashfs", "-d", plain));
	});

	needs("squashfs-tools", "7zz").test("so does 7-Zip, and it reads all of it", () => {
		const properties = (image: string): string[] =>
			run("7zz", "l", "-slt", image)
				.split("\n")
				.filter((line) => /^(Path|Folder|Size|Modified|Mode|Characteristics|Symbolic Link) = /.test(line))
				.filter((line) => !line.includes(image));
		expect(properties(aligned)).toEqual(properties(plain));
		expect(properties(aligned)).toContain("Path = bin/app");
		expect(run("7zz", "t", aligned)).toContain("Everything is Ok");
	});

	needs("root", "loop devices", "gcc").test("so does this machine's kernel", () => {
		expect(kernelListing(aligned)).toEqual(kernelListing(plain));
	});
});
