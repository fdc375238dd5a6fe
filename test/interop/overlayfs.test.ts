import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createOverlay } from "../../src/image/overlay/index.js";
import type { RootfsTree } from "../../src/image/rootfs/index.js";
import { DEFAULT_IMAGE_OPTIONS } from "../../src/squashfs/format/index.js";
import { writeImage } from "../../src/squashfs/write/index.js";
import { listDirectory } from "../support/kernel.js";
import { MemoryImage } from "../support/memory-image.js";
import { needs } from "../support/needs.js";
import { run } from "../support/programs.js";
import { randomTree } from "../support/random-tree.js";

needs("root", "loop devices", "overlayfs", "gcc").describe("the kernel's overlayfs (root)", () => {
	let directory: string;
	beforeAll(() => {
		directory = mkdtempSync(join(tmpdir(), "pvpkg-overlay-"));
	});
	afterAll(() => rmSync(directory, { recursive: true, force: true }));

	/** Runs `use` while the tree is mounted. */
	async function mounted<T>(
		name: string,
		tree: RootfsTree,
		use: (path: string) => T | Promise<T>,
	): Promise<T> {
		const image = new MemoryImage();
		await writeImage(tree, image, DEFAULT_IMAGE_OPTIONS);
		const [file, path] = [join(directory, `${name}.squashfs`), join(directory, name)];
		writeFileSync(file, image.bytes);
		mkdirSync(path, { recursive: true });
		run("mount", "-t", "squashfs", "-o", "loop,ro", file, path);
		try {
			return await use(path);
		} finally {
			run("umount", path);
		}
	}

	/** Kind, mode, owner, links of non-directories, device, size, data, path, xattrs. */
	function list(path: string): string[] {
		const lines = listDirectory(path).slice(0, -1);
		return lines.map((line) => {
			const [type, mode, uid, gid, , links, , ...rest] = line.split(" ");
			return [type, mode, uid, gid, type === "d" ? "-" : links, ...rest].join(" ");
		});
	}

	test("shows base and overlay as the target, for random pairs", async () => {
		await fc.assert(
			fc.asyncProperty(randomTree, randomTree, async (base, target) => {
				const overlay = createOverlay(base, target, 0);
				const expected = await mounted("target", target, list);
				const shown = await mounted("base", base, (lower) =>
					mounted("overlay", overlay, (upper) => {
						const merged = join(directory, "merged");
						mkdirSync(merged, { recursive: true });
						run("mount", "-t", "overlay", "overlay", "-o", `ro,lowerdir=${upper}:${lower}`, merged);
						try {
							return list(merged);
						} finally {
							run("umount", merged);
						}
					}),
				);
				expect(shown).toEqual(expected);
			}),
			{ numRuns: 25, seed: 7 },
		);
	});
});
