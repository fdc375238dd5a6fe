import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { contentBytes } from "../../../src/ground/bytes/index.js";
import { openFileContent } from "../../../src/ground/files/index.js";
import { readSquashfs } from "../../../src/squashfs/read/index.js";
import { writeSquashfs } from "../../../src/squashfs/write/index.js";
import { directory, file, noise, symlink } from "../../support/inodes.js";
import { GZIP } from "../../support/squashfs-images.js";

let folder: string;
beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), "pvpkg-image-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("an image is written, and read as a stream of entries", async () => {
	const path = join(folder, "image.squashfs");
	const body = noise(300_000, 1);
	const tree = { root: directory({ b: directory({ c: file(body) }), a: symlink("b/c"), e: file("") }) };
	const stats = await writeSquashfs(tree, path, { compressor: GZIP }, { jobs: 0 });
	expect(stats).toMatchObject({ inodes: 5, blocks: 2, fragments: 1, warnings: [] });
	expect(stats.size).toBe(readFileSync(path).length);
	const content = openFileContent(path);
	const got: unknown[] = [];
	for await (const entry of readSquashfs(content)) {
		const chunks: Uint8Array[] = [];
		for await (const chunk of entry.body) chunks.push(chunk);
		got.push([entry.depth, entry.path, entry.kind, Buffer.concat(chunks).length]);
		if (entry.kind === "file")
			expect(contentBytes(entry.content)).toEqual(new Uint8Array(Buffer.concat(chunks)));
		if (entry.path === "b/c") expect(Buffer.concat(chunks).equals(body)).toBe(true);
	}
	content.close();
	expect(got).toEqual([
		[0, "", "directory", 0],
		[1, "a", "symlink", 0],
		[1, "b", "directory", 0],
		[2, "b/c", "file", 300_000],
		[1, "e", "file", 0],
	]);
});

test("after a failure the file is what it was, and nothing lies beside it", async () => {
	const path = join(folder, "kept.squashfs");
	writeFileSync(path, "before");
	const before = readdirSync(folder);
	const tree = { root: directory({ bad: symlink("") }) };
	await expect(writeSquashfs(tree, path, { compressor: GZIP })).rejects.toThrow("bad: store");
	expect(readFileSync(path, "utf8")).toBe("before");
	expect(readdirSync(folder)).toEqual(before);
});
