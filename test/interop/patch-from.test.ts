import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { contentBytes } from "../../src/ground/bytes/index.js";
import { openPackage } from "../../src/pantavisor/package/index.js";
import { Workplace } from "../support/command-line.js";
import { noise } from "../support/inodes.js";
import { listDirectory } from "../support/kernel.js";
import { LayoutDirectory } from "../support/layout-directory.js";
import { needs } from "../support/needs.js";
import { run } from "../support/programs.js";
import { type TarHeader, tarball } from "../support/tar-builder.js";

// A package of --patch-from as a device has it: the kernel lays its overlay over the base that was there before.

needs("root", "loop devices", "overlayfs", "gcc").describe("export --patch-from (root)", () => {
	const work = new Workplace();
	afterAll(() => work.remove());

	const members: Record<string, readonly TarHeader[]> = {
		v1: [
			{ path: "etc/", type: "5" },
			{ path: "etc/conf", body: "before\n" },
			{ path: "etc/gone", body: "gone\n" },
			{ path: "kind", body: "a file\n" },
		],
		v2: [
			{ path: "etc/", type: "5", mode: 0o700 },
			{ path: "etc/conf", body: "after, and longer\n", mode: 0o600, uid: 7 },
			{ path: "kind/", type: "5" },
			{ path: "kind/inside", body: "a directory\n" },
		],
	};

	beforeAll(() => {
		for (const [name, own] of Object.entries(members)) {
			const layout = new LayoutDirectory(work.path(name));
			const archive = tarball(
				{ path: "bin/", type: "5" },
				{ path: "bin/app", body: "#!/bin/sh\n", mode: 0o4755 },
				{ path: "data", body: noise(60_000, 1) },
				...own,
			);
			const platform = { os: "linux", architecture: "arm64" };
			layout.tag("app", [layout.addImage(platform, [{ archive }], { Entrypoint: ["/bin/app"] })]);
		}
	});

	const pvpkg = async (...args: string[]): Promise<void> => {
		const result = await work.run([...args, "--as", "app:1", "-p", "linux/arm64"]);
		expect(result).toMatchObject({ code: 0 });
	};

	/** Writes the squashfs objects of a package into files, and mounts them. */
	async function mountObjects(path: string): Promise<Map<string, string>> {
		const opened = await openPackage(work.path(path), { temporaryDirectory: work.path("tmp") });
		const places = new Map<string, string>();
		try {
			for (const name of ["root.squashfs", "root.ovl.squashfs"]) {
				const content = opened.objects.get(String(opened.state.get(`web/${name}`)));
				if (content === undefined) continue;
				const place = mkdtempSync(join(work.directory, "mount-"));
				writeFileSync(`${place}.image`, contentBytes(content));
				run("mount", "-t", "squashfs", "-o", "loop,ro", `${place}.image`, place);
				places.set(name, place);
			}
			return places;
		} finally {
			opened.close();
		}
	}

	/** Kind, mode, owner, links of what is not a directory, device, size, data, path. */
	function list(path: string): string[] {
		const lines = listDirectory(path).slice(0, -1);
		return lines.map((line) => {
			const [type, mode, uid, gid, , links, , ...rest] = line.split(" ");
			return [type, mode, uid, gid, type === "d" ? "-" : links, ...rest].join(" ");
		});
	}

	test("the kernel shows the new tree, of objects that verify accepts", async () => {
		await pvpkg("export", "oci:v1:app", "web", "-o", "v1.tgz");
		await pvpkg(
			"export",
			"oci:v2:app",
			"web",
			"-o",
			"v2.tgz",
			"--patch-from",
			"v1.tgz",
			"--patch-limit",
			"90",
		);
		await pvpkg("export", "oci:v2:app", "web", "-o", "whole.tgz");
		for (const path of ["v1.tgz", "v2.tgz"]) {
			expect(await work.run(["verify", path, "--pubkey", "public.pem"])).toMatchObject({ code: 0 });
		}
		const mounts = [await mountObjects("v2.tgz"), await mountObjects("whole.tgz")];
		const [patched, whole] = mounts;
		const merged = work.path("merged");
		mkdirSync(merged);
		const layers = `${patched!.get("root.ovl.squashfs")}:${patched!.get("root.squashfs")}`;
		run("mount", "-t", "overlay", "overlay", "-o", `ro,lowerdir=${layers}`, merged);
		try {
			expect(list(merged)).toEqual(list(whole!.get("root.squashfs")!));
		} finally {
			run("umount", merged);
			for (const place of mounts.flatMap((each) => [...each.values()])) run("umount", place);
			rmSync(merged, { recursive: true });
		}
	});
});
