import { mkdirSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parsePlatform } from "../../src/image/oci/index.js";
import { bytesObject } from "../../src/pantavisor/package/index.js";
import { Workplace } from "../support/command-line.js";
import { packageBytes, put } from "../support/gate.js";
import { directory, file as inode } from "../support/inodes.js";
import { LayoutDirectory } from "../support/layout-directory.js";
import { makePackage, webPart } from "../support/packages.js";
import { imageBytes } from "../support/squashfs-images.js";
import { oldSparse, tarball } from "../support/tar-builder.js";
import { dir, file, symlink, xattr } from "../support/tar-members.js";

// Layers and images as other programs write them.

let place: Workplace;
beforeEach(() => {
	place = new Workplace();
});
afterEach(() => place.remove());

const squashfs = (source: string, ...more: string[]) =>
	place.run(["mksquashfs", source, "out.squashfs", "-comp", "gzip", ...more]);

/** An image `app` in a layout, of layers as they are. */
function layout(...archives: readonly Uint8Array[]): string {
	const images = new LayoutDirectory(place.path("layout"));
	const layers = archives.map((archive) => ({ archive }));
	images.tag("app", [images.addImage(parsePlatform("linux/amd64"), layers)]);
	return "oci:layout:app";
}

describe("a file capability that no kernel reads", () => {
	// Revision 2 takes 20 bytes, revision 3 takes 24; revision 9 is none.
	const WRONG = [`01000002${"00".repeat(15)}`, `01000003${"00".repeat(16)}`, `01000009${"00".repeat(16)}`];
	const members = WRONG.map((hex, at) =>
		file(`bin/wrong${at}`, "x", { mode: 0o755, ...xattr("security.capability", Buffer.from(hex, "hex")) }),
	);

	test.each([
		["a layer", () => layout(tarball(...members))],
		[
			"an archive",
			() => {
				writeFileSync(place.path("rootfs.tar"), tarball(...members));
				return "tar:rootfs.tar";
			},
		],
	])("is left out of %s with a warning that names the file", async (_, make) => {
		const { code, stderr } = await squashfs(make());
		expect(code, stderr).toBe(0);
		for (const at of WRONG.keys()) {
			expect(stderr).toContain(`bin/wrong${at}: extended attribute security.capability left out`);
		}
	});

	test("is an error of verify where another program packed it", async () => {
		const xattrs = { "security.capability": Buffer.from(WRONG[0]!, "hex") };
		const bin = directory({ serve: inode("x", { mode: 0o755, xattrs }) });
		const image = bytesObject(await imageBytes({ root: directory({ bin }) }));
		put(place, "web.tgz", await packageBytes(makePackage(webPart(image))));
		const { code, stdout } = await place.run(["verify", "web.tgz"]);
		expect(stdout).toMatch(
			/error: web\/root\.squashfs: \/bin\/serve: its security\.capability .*\[IMAGE_CAPABILITY\]/,
		);
		expect(code).toBe(5);
	});
});

test.each([
	["before", (target: Uint8Array, opaque: Uint8Array) => [target, opaque]],
	["in the layer of", (_target: Uint8Array, opaque: Uint8Array) => [opaque]],
])("an opaque marker through a symbolic link %s its target is warned of", async (_, order) => {
	const below = tarball(dir("real/"), file("real/kept"), symlink("link", "real"));
	const above = tarball(file("link/.wh..wh..opq"), file("link/new"));
	const { code, stderr } = await squashfs(layout(below, ...order(tarball(file("real/more")), above)));
	expect(code, stderr).toBe(0);
	expect(stderr).toContain("opaque marker through a symlink: Docker's overlay2 keeps what it leads to");
});

describe("a layer that ends with the last byte of its last file", () => {
	const whole = tarball(file("bin/app", "#!/bin/sh\n", { mode: 0o755 }));

	test("is whole, as umoci insert writes it", async () => {
		const { code, stderr } = await squashfs(layout(whole.subarray(0, 512 + 10)));
		expect(code, stderr).toBe(0);
	});

	test("is cut where a byte of the file is missing", async () => {
		const { code, stderr } = await squashfs(layout(whole.subarray(0, 512 + 9)));
		expect([code, stderr]).toEqual([3, expect.stringContaining("bin/app")]);
	});
});

describe("holes of sparse files", () => {
	const sparse = (size: number) =>
		tarball({ path: "disk", type: "S", body: "x".repeat(512), raw: oldSparse(size, [[0, 512]]) });

	test("do not count towards --max-layer", async () => {
		writeFileSync(place.path("rootfs.tar"), sparse(1 << 28));
		const { code, stderr } = await squashfs("tar:rootfs.tar", "--max-layer", "1M");
		expect(code, stderr).toBe(0);
	});

	test("of more than 16 GiB are refused, and the option is named", async () => {
		writeFileSync(place.path("rootfs.tar"), sparse(2 ** 32 * 4 + 512));
		const { code, stderr } = await squashfs("tar:rootfs.tar");
		expect(stderr).toMatch(
			/files with their holes: .*at most 17179869184 bytes.*\(--max-layer allows more\)/,
		);
		expect(code).toBe(3);
	});
});

describe("format options", () => {
	const exported = (options: string) => {
		mkdirSync(place.path("root/bin"), { recursive: true });
		writeFileSync(place.path("root/bin/app"), "#!/bin/sh\n", { mode: 0o755 });
		const args = ["export", "dir:root", "web", "-p", "amd64", "--no-sign", "-o", "web.tgz"];
		return place.run([...args, "--format-options", options]);
	};

	test("-uid-gid-offset is what mksquashfs means by it", async () => {
		const { code, stderr } = await exported("-comp gzip -uid-gid-offset 5");
		expect(code, stderr).toBe(0);
		const { stdout } = await place.run(["inspect", "web.tgz", "--tree", "--json"]);
		const root = process.getuid!() + 5;
		const [entry] = JSON.parse(stdout).trees["web/root.squashfs"].filter(
			({ path }: { path: string }) => path === "bin/app",
		);
		expect(entry).toMatchObject({ uid: root });
	});
});

test("a loop of symlinks in the place of a directory that containers need is left as it is", async () => {
	const image = layout(tarball(symlink("var", "var"), symlink("usr", "/usr"), file("bin/serve", "x")));
	const { code, stderr } = await place.run(["export", "--no-sign", image, "web"]);
	expect(code, stderr).toBe(0);
});
