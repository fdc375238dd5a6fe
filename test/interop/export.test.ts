import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { IN_THREADS, Workplace } from "../support/command-line.js";
import { addDebianImage, DEBIAN_PLATFORMS } from "../support/debian-image.js";
import { DockerRegistry } from "../support/docker-registry.js";
import { kernelListing, listDirectory } from "../support/kernel.js";
import { LayoutDirectory } from "../support/layout-directory.js";
import { needs } from "../support/needs.js";
import { run, runBeside } from "../support/programs.js";

// An image of three platforms in Debian's registry, exported; what the kernel finds in each
// package is what umoci unpacks as root, with the directories that pvr adds.

/** mmdebstrap's variant for amd64; `minbase` for a whole Debian. */
const VARIANT = process.env.PVPKG_TEST_DEBIAN ?? "extract";

/** Of the kernel's listing: TYPE MODE UID GID MTIME NLINK INO RDEV SIZE DATA PATH [XATTR=HEX ...]. */
const [MTIME, NLINK, INO] = [4, 5, 6];

needs(
	"root",
	"loop devices",
	"gcc",
	"docker-registry",
	"skopeo",
	"umoci",
	"mmdebstrap",
	"squashfs-tools",
	"squashfs-tools-ng",
).describe("exported from Debian's registry (root)", () => {
	let work: string;
	let place: Workplace;
	let registry: DockerRegistry;
	const at = (...path: string[]): string => join(work, ...path);

	beforeAll(async () => {
		work = mkdtempSync(join(tmpdir(), "export-interop-"));
		place = new Workplace();
		mkdirSync(at("registry"));
		registry = await DockerRegistry.start(at("registry"));
		const layout = new LayoutDirectory(at("layout"));
		const images = [];
		for (const platform of DEBIAN_PLATFORMS)
			images.push(await addDebianImage(layout, platform, work, VARIANT));
		layout.tag("1", images);
		await copy(
			"--all",
			"--dest-tls-verify=false",
			`oci:${at("layout")}:1`,
			`docker://${registry.host}/app:1`,
		);
		const { code, stderr } = await place.run(
			["export", "--quiet", `${registry.host}/app:1`, "app", "-o", `${at("out")}/`],
			{ env: IN_THREADS },
		);
		expect(stderr).toBe("");
		expect(code).toBe(0);
	}, 900_000);

	afterAll(async () => {
		await registry.close();
		place.remove();
		rmSync(work, { recursive: true, force: true });
	});

	async function copy(...args: readonly string[]): Promise<void> {
		await runBeside("skopeo", "copy", "-q", "--insecure-policy", ...args);
	}

	/** The root file system in the package of a platform. */
	function rootImage(label: string): string {
		const directory = at(`package-${label}`);
		mkdirSync(directory, { recursive: true });
		run("tar", "-xzf", at("out", `app.${label}.tgz`), "-C", directory);
		const state = JSON.parse(readFileSync(join(directory, "json"), "utf8"));
		return join(directory, "objects", state["app/root.squashfs"]);
	}

	/** What umoci makes of a platform, with what pvr adds. */
	async function unpack(architecture: string, variant: string | undefined): Promise<string> {
		const layout = at(`layout-${architecture}`);
		const choice = ["--override-os", "linux", "--override-arch", architecture];
		if (variant !== undefined) choice.push("--override-variant", variant);
		const from = ["--src-tls-verify=false", `docker://${registry.host}/app:1`];
		await runBeside("skopeo", ...choice, "copy", "-q", "--insecure-policy", ...from, `oci:${layout}:1`);
		run("umoci", "unpack", "--image", `${layout}:1`, at(`bundle-${architecture}`));
		const root = at(`bundle-${architecture}`, "rootfs");
		for (const path of ["proc", "sys", "dev", "tmp", "var/tmp", "run", "var/run"]) addMissing(root, path);
		return root;
	}

	/** As pvr does, but with the modes programs expect and times that are always the same. */
	function addMissing(root: string, path: string): void {
		const full = join(root, path);
		if (lstatSync(full, { throwIfNoEntry: false })) return;
		const parent = dirname(full);
		const { atimeMs, mtimeMs } = lstatSync(parent);
		run("mkdir", "-m", path.endsWith("tmp") ? "1777" : "755", full);
		utimesSync(full, 0, 0);
		utimesSync(parent, atimeMs / 1000, mtimeMs / 1000);
	}

	/** Without what differs for no fault of the image: inode numbers always, others as named. */
	function without(lines: readonly string[], ...fields: readonly number[]): string[] {
		return lines.map((line) =>
			line
				.split(" ")
				.filter((_, field) => field !== INO && !fields.includes(field))
				.join(" "),
		);
	}

	describe.each(DEBIAN_PLATFORMS)("$debian", ({ architecture, variant }) => {
		const label = architecture === "arm" ? "arm32v7" : architecture === "arm64" ? "arm64v8" : architecture;

		test("the kernel finds the tree that umoci unpacks, with pvr's directories", async () => {
			const started = Math.floor(Date.now() / 1000);
			const expected = listDirectory(await unpack(architecture, variant));
			const found = kernelListing(rootImage(label));
			// umoci leaves a directory at the time of unpacking when it made or removed entries
			// below it unasked; ours keeps the time that its layer gave it.
			const fresh = new Set(
				expected
					.map((line) => line.split(" "))
					.filter((fields) => fields[0] === "d" && Number(fields[MTIME]) >= started)
					.map((fields) => fields[10]),
			);
			const blur = (lines: readonly string[]): string[] =>
				without(lines).map((line) => {
					const fields = line.split(" ");
					if (fields[0] === "d" && fresh.has(fields[9])) fields[MTIME] = "now";
					return fields.join(" ");
				});
			expect(blur(found)).toEqual(blur(expected));
			expect(fresh.size).toBeLessThan(8);
			expect(found.length).toBeGreaterThan(150);
			expect(found.filter((line) => line.includes(" security.capability=01"))).not.toEqual([]);
		});

		test("unsquashfs and rdsquashfs read the same", () => {
			const image = rootImage(label);
			const found = kernelListing(image);
			run("unsquashfs", "-q", "-n", "-d", at(`un-${label}`), image);
			expect(without(listDirectory(at(`un-${label}`)))).toEqual(without(found));
			// It makes files of hard links, leaves directories at the time of their last entry, and
			// changes owners last, at which Linux drops capabilities.
			run("rdsquashfs", "-q", "-C", "-O", "-T", "-X", "-u", "/", "-p", at(`rd-${label}`), image);
			const unpacked = without(listDirectory(at(`rd-${label}`)), MTIME, NLINK);
			const lines = without(found, MTIME, NLINK).map((line) => line.replace(/ security.capability=\w+/, ""));
			expect(unpacked).toEqual(lines);
		});

		test("pvpkg verify finds nothing wrong", async () => {
			const args = ["verify", "--quiet", at("out", `app.${label}.tgz`), "--pubkey", place.path("public.pem")];
			const { code, stderr } = await place.run(args);
			expect([code, stderr]).toEqual([0, ""]);
		});
	});

	test("all platforms are there, nothing else", () => {
		for (const label of ["amd64", "arm64v8", "arm32v7"])
			expect(existsSync(at("out", `app.${label}.tgz`))).toBe(true);
	});
});
