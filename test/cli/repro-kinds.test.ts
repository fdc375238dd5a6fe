import { generateKeyPairSync } from "node:crypto";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Workplace } from "../support/command-line.js";
import { type TarHeader, tarball } from "../support/tar-builder.js";
import { characterDevice, dir, file, hardlink, symlink, xattr } from "../support/tar-members.js";

/** Larger than a tail, so that it has blocks of its own; it does not compress to nothing. */
const LARGE = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * at * 7 + (at >> 3)) & 0xff));

/** A root file system whose members a test may exchange. */
const TREE: Readonly<Record<string, TarHeader>> = {
	etc: dir("etc"),
	"etc/app": file("etc/app", "configured"),
	"etc/link": symlink("etc/link", "app"),
	"bin/run": file("bin/run", "#!/bin/sh\n", { mode: 0o755 }),
	"dev/null": characterDevice("dev/null", 1, 3),
	"srv/large": file("srv/large", LARGE),
	"srv/other": file("srv/other", "another file"),
};

let place: Workplace;
beforeAll(async () => {
	place = new Workplace();
	await make("base.tgz", {});
	await make("overlaid.tgz", {}, "--arg", "PV_LXC_EXTRA_CONF=lxc.cap.drop = sys_time");
});
afterAll(() => place.remove());

async function run(...args: string[]) {
	const result = await place.run(args, { env: { PVPKG_TIER: "fast" } });
	return { ...result, stdout: Buffer.from(result.stdout, "latin1").toString() };
}

/** Makes a package of the tree with other members. */
async function make(
	name: string,
	change: Readonly<Record<string, TarHeader>>,
	...more: string[]
): Promise<void> {
	writeFileSync(place.path("root.tar"), tarball(...Object.values({ ...TREE, ...change })));
	const options = ["-p", "linux/amd64", "--config", "Entrypoint=/bin/run", "-o", name, "--no-cache", ...more];
	const { code, stderr } = await run("export", "tar:root.tar", "web", ...options);
	expect(code, stderr).toBe(0);
}

/** What differs between the package and another one, without what follows from the image's digest. */
async function differences(other: string): Promise<string[]> {
	const { code, stdout } = await run("repro", "--compare", "base.tgz", other);
	expect(code).toBe(5);
	const lines = stdout.split("\n").slice(1, -1);
	return lines
		.map((line) => line.trim())
		.filter((line) => !/rootfs.digest|^_sigs|member objects|member \d+ is/.test(line));
}

const IMAGE = "web/root.squashfs";

test.each<[string, string, TarHeader, string]>([
	["mode", "bin/run", file("bin/run", "#!/bin/sh\n", { mode: 0o4755 }), "bin/run: mode 0755 ≠ 4755"],
	["owner", "etc/app", file("etc/app", "configured", { uid: 12 }), "etc/app: uid 0 ≠ 12"],
	["group", "etc/app", file("etc/app", "configured", { gid: 34 }), "etc/app: gid 0 ≠ 34"],
	["time", "etc/app", file("etc/app", "configured", { mtime: 77 }), "etc/app: mtime 0 ≠ 77"],
	[
		"extended attribute",
		"etc/app",
		file("etc/app", "configured", xattr("user.note", "x")),
		"etc/app: xattrs none ≠ user.note=78",
	],
	["target of a link", "etc/link", symlink("etc/link", "else"), "etc/link: target app ≠ else"],
	["device", "dev/null", characterDevice("dev/null", 1, 5), "dev/null: device 1:3 ≠ 1:5"],
	["kind", "etc/link", file("etc/link", ""), "etc/link: kind symlink ≠ file"],
	["content", "etc/app", file("etc/app", "confiXured"), "etc/app: content from byte 5:"],
	["size", "etc/app", file("etc/app", "configured anew"), "etc/app: size 10 ≠ 15"],
	["number of links", "srv/other", hardlink("srv/other", "etc/app"), "etc/app: links 1 ≠ 2"],
	["file that is new", "srv/new", file("srv/new", "new"), "srv/new: is only in the second"],
])("names another %s of a file", async (_, path, member, expected) => {
	await make("changed.tgz", { [path]: member });
	const [first, ...rest] = await differences("changed.tgz");
	const all = [first!, ...rest];
	expect(
		all.some((line) => line.startsWith(`${IMAGE}: ${expected}`)),
		all.join("\n"),
	).toBe(true);
	// Other lines are of the same file, or of its directory.
	const parent = path.slice(0, path.lastIndexOf("/"));
	const allowed = new RegExp(`^${IMAGE}: (${path}|${parent}|etc/app)`);
	expect(all.filter((line) => !allowed.test(line))).toEqual([]);
});

test.each([
	["compression", ["--format-options", "-comp gzip"], `${IMAGE}: superblock: compression xz ≠ gzip`],
	["block size", ["--format-options", "-comp xz -b 65536"], `${IMAGE}: superblock: blockSize 131072 ≠ 65536`],
	["order of files", ["--order", "tree", "--tier", "best"], `${IMAGE}: `],
	["group", ["--group", "platform"], "web/run.json: group"],
])("names another %s", async (_, more, expected) => {
	await make("changed.tgz", {}, ...more);
	const all = await differences("changed.tgz");
	expect(
		all.some((line) => line.startsWith(expected)),
		all.join("\n"),
	).toBe(true);
});

test("names another line of the configuration, and the setting that it comes from", async () => {
	const all = await differences("overlaid.tgz");
	expect(all.filter((line) => line.startsWith("web/lxc.container.conf"))).toEqual([
		expect.stringMatching(
			/^web\/lxc\.container\.conf: line \d+ \(from .*PV_LXC_EXTRA_CONF.*\): .* ≠ "lxc\.cap\.drop = sys_time"$/,
		),
	]);
	expect(all.some((line) => line.startsWith("web/src.json: args"))).toBe(true);
});

/** Changes the archive of the package, and keeps everything else. */
function repack(name: string, change: (archive: Buffer) => Buffer, level = 9): void {
	const packed = readFileSync(place.path("base.tgz"));
	const again = gzipSync(change(gunzipSync(packed)), { level });
	packed.copy(again, 0, 0, 10);
	writeFileSync(place.path(name), again);
}

/** The members of a tar, each with its header and padding, and what is behind them. */
function split(archive: Buffer): [members: Buffer[], end: Buffer] {
	const members: Buffer[] = [];
	let at = 0;
	while (archive[at] !== 0) {
		const size = Number.parseInt(archive.toString("latin1", at + 124, at + 135), 8);
		const length = 512 + Math.ceil(size / 512) * 512;
		members.push(archive.subarray(at, at + length));
		at += length;
	}
	return [members, archive.subarray(at)];
}

test("names the time in the header of gzip", async () => {
	const packed = Buffer.from(readFileSync(place.path("base.tgz")));
	packed.writeUInt32LE(1234, 4);
	writeFileSync(place.path("changed.tgz"), packed);
	expect(await differences("changed.tgz")).toEqual(["gzip header: time 0 ≠ 1234"]);
});

test("names another level of gzip", async () => {
	repack("changed.tgz", (archive) => archive, 1);
	const [line, ...rest] = await differences("changed.tgz");
	expect(line).toMatch(/^package: the archives are equal, their compressed bytes differ from byte \d+:/);
	expect(rest).toEqual([]);
});

test("names the order of members", async () => {
	repack("changed.tgz", (archive) => {
		const [[json, one, two, ...others], end] = split(archive);
		return Buffer.concat([json!, two!, one!, ...others, end]);
	});
	const { stdout } = await run("repro", "--compare", "base.tgz", "changed.tgz");
	expect(stdout.split("\n").slice(1, -1)).toEqual([
		expect.stringMatching(
			/^ {2}archive: member 2 is objects\/\w+… ≠ objects\/\w+…$|^ {2}archive: member 2 is objects/,
		),
	]);
});

test.each([
	["mode", 100, "0000755", "mode"],
	["time", 136, "00000001234", "mtime"],
	["owner", 108, "0000017", "uid"],
	["name of the owner", 265, "root", "user name"],
])("names the %s of a member", async (_, offset, value, field) => {
	repack("changed.tgz", (archive) => {
		const changed = Buffer.from(archive);
		changed.write(value, offset, "latin1");
		changed.fill(" ", 148, 156);
		const sum = changed.subarray(0, 512).reduce((total, byte) => total + byte, 0);
		changed.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
		return changed;
	});
	const all = await differences("changed.tgz");
	expect(all).toEqual([expect.stringContaining(`member json: tar header: ${field} `)]);
});

test("names signatures apart from what they sign", async () => {
	const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
	writeFileSync(place.path("other.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
	copyFileSync(place.path("base.tgz"), place.path("changed.tgz"));
	const signed = await run("sign", "changed.tgz", "--key", "other.pem");
	expect(signed.code, signed.stderr).toBe(0);
	const { stdout } = await run("repro", "--compare", "base.tgz", "changed.tgz");
	const lines = stdout.split("\n").slice(1, -1);
	expect(lines.every((line) => line.startsWith("  _sigs/web.json: "))).toBe(true);
	expect(lines.length).toBeGreaterThan(0);
});

test("names a byte of a block that was changed on the way", async () => {
	repack("changed.tgz", (archive) => {
		const changed = Buffer.from(archive);
		changed[changed.indexOf("hsqs") + 5_000]! ^= 1;
		return changed;
	});
	expect(await differences("changed.tgz")).toEqual([
		expect.stringMatching(/^web\/root\.squashfs: one of the two is damaged, from byte 5000: \w+ ≠ \w+$/),
	]);
});
