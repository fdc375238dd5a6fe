import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DemoRegistry } from "../../fixtures/demo-registry.js";
import { openFileContent } from "../../src/ground/files/index.js";
import { type ImageEntry, openImage } from "../../src/squashfs/read/index.js";
import { serveDemo, Workplace } from "../support/command-line.js";
import { needs } from "../support/needs.js";
import { isRoot, run } from "../support/programs.js";
import { tarball } from "../support/tar-builder.js";
import { file } from "../support/tar-members.js";

let registry: DemoRegistry;
let place: Workplace;
beforeAll(async () => {
	registry = await serveDemo();
	place = new Workplace();
	mkdirSync(place.path("files/etc"), { recursive: true });
	writeFileSync(place.path("files/etc/motd"), "hello");
	writeFileSync(place.path("mdev.json"), '{"rules":[".* 0:0 666"]}');
	await pvpkg(
		".",
		"export",
		`${registry.host}/demo/app:1.0`,
		"web",
		"-p",
		"linux/arm64",
		"--no-sign",
		"-o",
		"web.tgz",
		"--tier",
		"fast",
		"--overlay",
		"files",
		"--file",
		"mdev.json=mdev.json",
	);
});
afterAll(async () => {
	await registry.close();
	place.remove();
});

async function pvpkg(directory: string, ...args: readonly string[]): Promise<string> {
	const result = await place.run(args, { cwd: place.path(directory) });
	if (result.code !== 0) throw new Error(`pvpkg ${args.join(" ")}: exit ${result.code}\n${result.stderr}`);
	return result.stdout;
}

const read = (name: string): string => readFileSync(place.path(name), "latin1");
const state = (name: string): Record<string, unknown> => JSON.parse(read(`${name}/.pvr/json`));

test("export takes further files of the container, and files laid over its root", async () => {
	await pvpkg(".", "checkout", "web.tgz", "files-out");
	expect(read("files-out/_config/web/etc/motd")).toBe("hello");
	expect(state("files-out")["web/mdev.json"]).toEqual({ rules: [".* 0:0 666"] });
});

test("export --parts: what is named, and #spec", async () => {
	await pvpkg(".", "checkout", "web.tgz", "parts");
	await pvpkg("parts", "export", "../part.tar", "--parts", "web/run.json,_config/web");
	await pvpkg(".", "checkout", "part.tar", "part");
	expect(Object.keys(state("part"))).toEqual(["#spec", "_config/web/etc/motd", "web/run.json"]);
	expect(readdirSync(place.path("part/.pvr/objects"))).toHaveLength(1);
	const plain = await pvpkg("parts", "export", "-", "--parts", "web/run.json");
	expect(plain.slice(0, 5)).toBe("json\0");
});

describe("checkout --extract", () => {
	const root = ".pv/rootfs/web/root.squashfs";

	test("unpacks a tree as it is, and the checkout stays clean", async () => {
		await pvpkg(".", "checkout", "web.tgz", "out", "--extract");
		expect(await pvpkg("out", "status")).toBe("");
		const image = openImage(openFileContent(place.path("out/web/root.squashfs")));
		const entries = [...image.entries()].filter(({ kind }) => /^(file|directory|symlink)$/.test(kind));
		expect(entries.length).toBeGreaterThan(20);
		for (const entry of entries) expect(onDisk(entry)).toEqual(expected(entry));
	});

	function onDisk({ path }: ImageEntry): object {
		const name = place.path(join("out", root, Buffer.from(path, "latin1").toString("utf8")));
		const stat = lstatSync(name);
		const owner = isRoot ? [stat.uid, stat.gid] : [];
		if (stat.isSymbolicLink()) return { target: readlinkSync(name), owner };
		return {
			mode: stat.mode & 0o7777,
			size: stat.isFile() ? stat.size : 0,
			owner,
			mtime: stat.mtimeMs / 1000,
		};
	}

	function expected(entry: ImageEntry): object {
		const { mode, uid, gid, mtime } = entry.attributes;
		const owner = isRoot ? [uid, gid] : [];
		if (entry.kind === "symlink") return { target: entry.target, owner };
		// A plain user's files get no set-user-ID bits of others; the sticky bit is harmless.
		const given = isRoot ? mode : mode & ~0o6000;
		return { mode: given, size: entry.kind === "file" ? entry.content.size : 0, owner, mtime };
	}

	test("a damaged image leaves nothing behind", async () => {
		await pvpkg(".", "checkout", "web.tgz", "bad");
		const image = readFileSync(place.path("bad/web/root.squashfs"));
		writeFileSync(
			place.path("bad/web/root.squashfs"),
			image.fill(0xff, image.length >> 2, image.length >> 1),
		);
		await pvpkg("bad", "commit");
		await pvpkg("bad", "export", "../bad.tgz");
		const before = readdirSync(place.directory).sort();
		const result = await place.run(["checkout", "bad.tgz", "never", "--extract"]);
		expect(result.code).toBe(3);
		expect(readdirSync(place.directory).sort()).toEqual(before);
	});

	test("files of a small image may not fill the disk", async () => {
		const files = [file("bin/app", "#!/bin/sh\n", { mode: 0o755 }), file("zeros", Buffer.alloc(8 << 20))];
		writeFileSync(place.path("zeros.tar"), tarball(...files));
		await pvpkg(".", "export", "tar:zeros.tar", "web", "-p", "amd64", "--no-sign", "-o", "zeros.tgz");
		const before = readdirSync(place.directory).sort();
		const result = await place.run(["checkout", "zeros.tgz", "never", "--extract", "--max-unpacked", "4M"]);
		expect(result.stderr).toContain("web/root.squashfs: unpack: expected at most 4194304 bytes");
		expect([result.code, readdirSync(place.directory).sort()]).toEqual([3, before]);
		await pvpkg(".", "checkout", "zeros.tgz", "zeros", "--extract", "--max-unpacked", "9M");
		expect(lstatSync(place.path(join("zeros", root, "zeros"))).size).toBe(8 << 20);
	});
});

describe("signing", () => {
	const detached = ["sign", "signed", "--part", "web", "--pubkey", "public.pem"];

	needs("openssl").test("a signature by openssl is the one that we make", async () => {
		await pvpkg(".", "checkout", "web.tgz", "direct");
		await pvpkg(".", "checkout", "web.tgz", "signed");
		await pvpkg(".", "sign", "direct");
		await pvpkg(".", ...detached, "--emit-payload", "to-sign");
		const [key, signature] = [place.path("key.pem"), place.path("signature")];
		run("openssl", "dgst", "-sha256", "-sign", key, "-out", signature, place.path("to-sign"));
		await pvpkg(".", ...detached, "--attach", "signature");
		expect(read("signed/_sigs/web.json")).toBe(read("direct/_sigs/web.json"));
		expect(read("signed/.pvr/json")).toBe(read("direct/.pvr/json"));
		expect(await pvpkg("signed", "status")).toBe("");
		const command = 'openssl dgst -sha256 -sign "$PVR_SIG_KEY"';
		await pvpkg(".", "sign", "signed", "--pubkey", "public.pem", "--signer-cmd", command);
		expect(read("signed/_sigs/web.json")).toBe(read("direct/_sigs/web.json"));
	});

	test("a signature over something else is refused, and nothing is changed", async () => {
		await pvpkg(".", "checkout", "web.tgz", "signed");
		writeFileSync(place.path("signature"), Buffer.alloc(256, 1));
		const before = read("signed/.pvr/json");
		const result = await place.run([...detached, "--attach", "signature"]);
		expect(result.code).toBe(5);
		expect(result.stderr).toContain("got one by another key or over another payload");
		expect(read("signed/.pvr/json")).toBe(before);
		expect(readdirSync(place.path("signed"))).not.toContain("_sigs");
	});

	test("sig add, ls and update, as pvr has them; strict tells what nobody covers", async () => {
		await pvpkg(".", "checkout", "web.tgz", "sigs");
		const trust = ["--pubkey", place.path("public.pem")];
		await pvpkg("sigs", "sig", "-k", place.path("key.pem"), "add", "-p", "web", "--noconfig");
		expect(await pvpkg("sigs", "status")).toBe("? _sigs/web.json\n");
		await pvpkg("sigs", "add", "_sigs");
		await pvpkg("sigs", "commit");
		expect(JSON.parse(await pvpkg("sigs", "sig", ...trust, "ls"))).toEqual({
			protected: [
				"lxc.container.conf",
				"mdev.json",
				"root.squashfs",
				"root.squashfs.docker-digest",
				"run.json",
			].map((name) => `web/${name}`),
			excluded: ["_sigs/web.json", "web/src.json"],
			notseen: ["#spec", "_config/web/etc/motd"],
		});
		const strict = await place.run(["verify", "sigs", "--strict", ...trust]);
		expect(strict.code).toBe(5);
		expect(strict.stdout).toMatch(/#spec.*STATE_UNCOVERED[\s\S]*_config\/web\/etc\/motd.*STATE_UNCOVERED/);
		await pvpkg("sigs", "sig", "add", "--raw", "rest", "--include", "#spec", "--include", "_config/**");
		await pvpkg("sigs", "add");
		await pvpkg("sigs", "commit");
		await pvpkg(".", "verify", "sigs", "--strict", ...trust);
		writeFileSync(place.path("sigs/web/mdev.json"), "[]");
		await pvpkg("sigs", "commit");
		const broken = await place.run(["sig", ...trust, "ls"], { cwd: place.path("sigs") });
		expect(broken).toMatchObject({ code: 5, stdout: "" });
		await pvpkg("sigs", "sig", "update", "web");
		await pvpkg("sigs", "commit");
		await pvpkg("sigs", "sig", ...trust, "ls", "--with-sigs", "--with-payload");
	});
});
