import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sniffPath } from "../../../src/image/sources/index.js";
import { END, GNU, oldSparse, tarball, tarPart } from "../../support/tar-builder.js";
import { dir, file } from "../../support/tar-members.js";

let directory: string;

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "local-kind-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function kindOf(archive: Uint8Array) {
	const path = join(directory, "archive.tar");
	writeFileSync(path, archive);
	return sniffPath(path, { temporaryDirectory: join(directory, "tmp") });
}

describe("an archive", () => {
	const rootfs = [dir("etc/"), file("etc/passwd", "root"), dir("usr/")];

	test("is read no farther than to the first name that tells what it is", async () => {
		const broken = Buffer.alloc(512, "no header");
		expect(await kindOf(Buffer.concat([...rootfs.map(tarPart), broken, END]))).toBe("tar");
	});

	test("with more members than an image archive has is a root file system", async () => {
		const part = tarPart(file("usr/file"));
		expect(await kindOf(Buffer.concat([...Array(70_000).fill(part), END]))).toBe("tar");
	});

	test("with a sparse member is a root file system, wherever the member is", async () => {
		const raw = oldSparse(1 << 20, [[0, 4]]);
		const sparse = { path: "etc/disk", type: "S", magic: GNU, raw, body: "data" };
		expect(await kindOf(tarball(sparse, ...rootfs))).toBe("tar");
		expect(await kindOf(tarball(...rootfs, sparse))).toBe("tar");
	});

	test("without members, and what is no archive, is a file", async () => {
		expect(await kindOf(END)).toBe("file");
		expect(await kindOf(Buffer.from("text".repeat(1000)))).toBe("file");
	});
});
