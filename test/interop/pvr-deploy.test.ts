import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { needs } from "../support/needs.js";
import { PROGRAM } from "../support/program.js";

// What Yocto's pvroot-image class has `pvr deploy` make, made by both programs from the same unpacked exports.

const place = mkdtempSync(join(tmpdir(), "pvpkg-pvr-deploy-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const [kernel, ramdisk, tree, image] = [
	Buffer.from("kernel"),
	Buffer.from("ramdisk"),
	Buffer.from("device tree"),
	Buffer.alloc(300_000, "image"),
];
const hash = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

function unpackExport(name: string, members: object, ...objects: Buffer[]): void {
	mkdirSync(join(place, name, "objects"), { recursive: true });
	const state = { "#spec": "pantavisor-service-system@1", ...members };
	writeFileSync(join(place, name, "json"), JSON.stringify(state));
	for (const object of objects) writeFileSync(join(place, name, "objects", hash(object)), object);
}

/** The root of a device as the class prepares it. */
function prepareRoot(name: string): string {
	const revision = join(place, name, "trails/0");
	mkdirSync(join(revision, ".pvr"), { recursive: true });
	mkdirSync(join(place, name, "objects"));
	const state = { "#spec": "pantavisor-service-system@1", "device.json": { groups: [] } };
	writeFileSync(join(revision, ".pvr/json"), JSON.stringify(state));
	writeFileSync(join(revision, ".pvr/config"), '{"ObjectsDir":"../../objects"}');
	return revision;
}

/**
 * Every file with its digest, mode, and how many names it has. The settings of the checkout are each program's own.
 */
function filesOf(name: string): string[] {
	const root = join(place, name);
	return readdirSync(root, { recursive: true, encoding: "utf8" })
		.filter((path) => lstatSync(join(root, path)).isFile() && !path.endsWith(".pvr/config"))
		.map((path) => {
			const { mode, nlink } = lstatSync(join(root, path));
			// Documents have the mode that each program gives its files; objects are read-only.
			const right = path.endsWith(".json") || path.includes(".pvr/") ? "" : (mode & 0o777).toString(8);
			return `${path} ${hash(readFileSync(join(root, path)))} ${right} ${nlink}`;
		})
		.sort();
}

needs("pvr").test("deploy makes the device's tree that pvr makes, twice in a row, too", () => {
	unpackExport(
		"bsp.pvrexport",
		{
			"_sigs/bsp.json": {},
			"bsp/run.json": { linux: "kernel.img", initrd: "pantavisor", fdt: "board.dtb" },
			"bsp/kernel.img": hash(kernel),
			"bsp/pantavisor": hash(ramdisk),
			"bsp/board.dtb": hash(tree),
			"extra/x": hash(ramdisk),
		},
		kernel,
		ramdisk,
		tree,
	);
	unpackExport(
		"web.pvrexport",
		{
			"web/run.json": { b: 1, a: 2 },
			"web/root.squashfs": hash(image),
			"_config/web/etc/x": hash(ramdisk),
		},
		image,
		ramdisk,
	);
	const sources = ["bsp.pvrexport#_sigs/bsp.json,bsp", "web.pvrexport"];
	const deploy = (name: string, command: string, ...before: string[]): void => {
		const args = [...before, "deploy", `${name}/trails/0`, ...sources];
		const env = { ...process.env, HOME: place, PVR_DISABLE_SELF_UPGRADE: "true" };
		const objects = { PVR_OBJECTS_DIR: join(place, name, "objects") };
		execFileSync(command, args, { cwd: place, env: { ...env, ...objects }, stdio: "pipe" });
	};
	prepareRoot("theirs");
	prepareRoot("ours");
	for (const _ of [1, 2]) {
		deploy("theirs", "pvr");
		deploy("ours", process.execPath, PROGRAM);
		expect(filesOf("ours")).toEqual(filesOf("theirs"));
	}
});
