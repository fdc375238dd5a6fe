import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Spool } from "../../src/ground/files/index.js";
import { flatten } from "../../src/image/rootfs/index.js";
import { memoryLayer } from "../support/layers.js";
import { isRoot } from "../support/programs.js";
import { tarball } from "../support/tar-builder.js";
import { file } from "../support/tar-members.js";

const directory = mkdtempSync(join(tmpdir(), "full-disk-"));
const small =
	isRoot && spawnSync("mount", ["-t", "tmpfs", "-o", "size=2m", "pvpkg-test", directory]).status === 0;

afterAll(() => {
	if (small) spawnSync("umount", ["-l", directory]);
	rmSync(directory, { recursive: true });
});

describe.skipIf(!small)("a file system of 2 MiB, where root may mount one", () => {
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
