import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Spool } from "../../src/ground/files/index.js";
import { flatten } from "../../src/image/rootfs/index.js";
import { memoryLayer } from "../support/layers.js";
import { needs } from "../support/needs.js";
import { run } from "../support/programs.js";
import { tarball } from "../support/tar-builder.js";
import { file } from "../support/tar-members.js";

const directory = mkdtempSync(join(tmpdir(), "full-disk-"));

afterAll(() => rmSync(directory, { recursive: true }));

needs("root", "mounts").describe("a file system of 2 MiB", () => {
	beforeAll(() => void run("mount", "-t", "tmpfs", "-o", "size=2m", "pvpkg-test", directory));
	afterAll(() => void run("umount", "-l", directory));

	test("a spool that does not fit says so, and leaves nothing", async () => {
		const spool = Spool.create(directory);
		const layer = memoryLayer(tarball(file("a", "x".repeat(3_000_000)), file("b", "y".repeat(3_000_000))));
		await expect(flatten([layer], spool)).rejects.toMatchObject({
			code: "ERR_DISK_FULL",
			message: expect.stringContaining(`spool in ${directory}: write: `),
		});
		spool.close();
		expect(readdirSync(directory)).toEqual([]);
	});
});
