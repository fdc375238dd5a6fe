import { execFileSync } from "node:child_process";
import {
	chmodSync,
	chownSync,
	linkSync,
	lutimesSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	rmSync,
	symlinkSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ByteString, byteString, contentBytes } from "../../../src/ground/bytes/index.js";
import { Spool } from "../../../src/ground/files/index.js";
import type { ImageSource } from "../../../src/image/oci/index.js";
import type { Directory, Inode } from "../../../src/image/rootfs/index.js";
import {
	isRootfsLocation,
	openFirstSource,
	openImageSource,
	parseImageLocation,
	readRootfs,
} from "../../../src/image/sources/index.js";
import { needs } from "../../support/needs.js";
import { tarball } from "../../support/tar-builder.js";
import { zipFile } from "../../support/zip-file.js";

let directory: string;
let root: string;
let spool: Spool;

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "rootfs-"));
	root = join(directory, "root");
	mkdirSync(root);
	spool = Spool.create(directory);
});
afterEach(() => {
	spool.close();
	rmSync(directory, { recursive: true, force: true });
});

function at(tree: { readonly root: Directory }, path: string): Inode {
	return path.split("/").reduce<Inode>((inode, name) => {
		const found = inode.kind === "directory" ? inode.entries.get(name as ByteString) : undefined;
		if (found === undefined) throw new Error(`no ${name} of ${path}`);
		return found;
	}, tree.root);
}

async function read(
	location: string,
	standardInput?: AsyncIterable<Uint8Array>,
): Promise<{ root: Directory }> {
	const parsed = parseImageLocation(location);
	if (!isRootfsLocation(parsed)) throw new Error("no root file system");
	return await readRootfs(parsed, spool, { temporaryDirectory: directory, standardInput });
}

function textOf(inode: Inode): string {
	return inode.kind === "file" ? Buffer.from(contentBytes(inode.content)).toString() : inode.kind;
}

describe("dir:", () => {
	test("carries kinds, modes, times, links and names as they are", async () => {
		mkdirSync(join(root, "etc"), { mode: 0o711 });
		writeFileSync(join(root, "etc/.wh.name"), "no whiteout");
		linkSync(join(root, "etc/.wh.name"), join(root, "second"));
		chmodSync(join(root, "second"), 0o4750);
		symlinkSync("../out/of here", join(root, "link"));
		utimesSync(join(root, "second"), 1, 1234.9);
		lutimesSync(join(root, "link"), 0, new Date(-5000));
		writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from("caf\xe9", "latin1")]), "latin");
		const tree = await read(`dir:${root}`);
		expect(at(tree, "second")).toBe(at(tree, "etc/.wh.name"));
		expect(at(tree, "second").attributes).toMatchObject({ mode: 0o4750, mtime: 1234 });
		expect(textOf(at(tree, "second"))).toBe("no whiteout");
		expect(at(tree, "link")).toMatchObject({ kind: "symlink", target: "../out/of here" });
		expect(at(tree, "link").attributes.mtime).toBe(0);
		expect(textOf(at(tree, byteString(Buffer.from("caf\xe9", "latin1"))))).toBe("latin");
	});

	test("carries a socket and a fifo", async () => {
		const server = createServer();
		await new Promise<void>((resolve) => server.listen(join(root, "socket"), resolve));
		execFileSync("mkfifo", [join(root, "fifo")]);
		const tree = await read(`dir:${root}`);
		expect([at(tree, "socket").kind, at(tree, "fifo").kind]).toEqual(["socket", "fifo"]);
		await new Promise((resolve) => server.close(resolve));
	});

	needs("root").test("carries owners and device numbers (as root)", async () => {
		execFileSync("mknod", [join(root, "disk"), "b", "4095", "1048575"]);
		execFileSync("mknod", [join(root, "null"), "c", "1", "3"]);
		chownSync(join(root, "null"), 4294967294, 70000);
		const tree = await read(`dir:${root}`);
		expect(at(tree, "disk")).toMatchObject({ kind: "block-device", major: 4095, minor: 1048575 });
		expect(at(tree, "null")).toMatchObject({ kind: "character-device", major: 1, minor: 3 });
		expect(at(tree, "null").attributes).toMatchObject({ uid: 4294967294, gid: 70000 });
	});

	test("follows the path itself, clamps times, and says what it cannot carry", async () => {
		utimesSync(root, 5000, 5000);
		symlinkSync(root, join(directory, "alias"));
		const warnings: string[] = [];
		const tree = await readRootfs(
			{ kind: "dir", path: join(directory, "alias") },
			spool,
			{ temporaryDirectory: directory },
			{ maximumTime: 100, onWarning: (message) => warnings.push(message) },
		);
		expect(tree.root.attributes.mtime).toBe(100);
		expect(warnings).toEqual([expect.stringContaining("extended attributes")]);
	});

	test("what is not a directory, or changes while it is read, is an error", async () => {
		await expect(read(`dir:${directory}/none`)).rejects.toMatchObject({ code: "ERR_FILE_NOT_FOUND" });
		writeFileSync(join(root, "f"), "long enough");
		const tree = await read(`dir:${root}`);
		writeFileSync(join(root, "f"), "short");
		expect(() => textOf(at(tree, "f"))).toThrow(expect.objectContaining({ code: "ERR_FILE" }));
		rmSync(join(root, "f"));
		symlinkSync("/etc/hostname", join(root, "f"));
		expect(() => textOf(at(tree, "f"))).toThrow(expect.objectContaining({ code: "ERR_FILE" }));
	});
});

describe("tar:", () => {
	const tar = tarball(
		{ path: "./", type: "5", mode: 0o700 },
		{ path: "etc/.wh.kept", body: "kept" },
		{ path: "etc/hard", type: "1", link: "etc/.wh.kept" },
	);

	test.each([
		["plain", async () => tar],
		["gzip'ed", async () => gzipSync(tar)],
		["in a zip", () => zipFile({ "rootfs.tar.gz": gzipSync(tar) })],
	])("%s", async (_name, bytes) => {
		writeFileSync(join(directory, "archive"), await bytes());
		const tree = await read(`tar:${directory}/archive`);
		expect(tree.root.attributes.mode).toBe(0o700);
		expect(textOf(at(tree, "etc/.wh.kept"))).toBe("kept");
		expect(at(tree, "etc/hard")).toBe(at(tree, "etc/.wh.kept"));
		expect(readdirSync(directory)).toEqual(["archive", "root"]);
	});

	test("on standard input", async () => {
		const tree = await read(
			"tar:-",
			(async function* () {
				yield gzipSync(tar);
			})(),
		);
		expect(textOf(at(tree, "etc/hard"))).toBe("kept");
	});

	test("a damaged one is a typed error", async () => {
		writeFileSync(join(directory, "archive"), tar.subarray(0, 700));
		await expect(read(`tar:${directory}/archive`)).rejects.toMatchObject({ code: "ERR_LAYER_TAR" });
	});
});

describe("opening", () => {
	const source = { name: "registry" } as ImageSource;

	test("a reference is the registry's business", async () => {
		const location = parseImageLocation("reg.example/app:1");
		if (isRootfsLocation(location)) throw new Error("no image");
		const asked: string[] = [];
		const context = {
			temporaryDirectory: directory,
			openRegistry: (reference: { readonly repository: string }): ImageSource => {
				asked.push(reference.repository);
				return source;
			},
		};
		expect(await openImageSource(location, context)).toBe(source);
		expect(asked).toEqual(["app"]);
	});

	test("sources are tried in order, the last error counts", async () => {
		const notes: string[] = [];
		const fail = (message: string) => async (): Promise<ImageSource> => {
			throw new Error(message);
		};
		const note = (message: string): void => void notes.push(message);
		expect(await openFirstSource([fail("one"), async () => source, fail("two")], note)).toBe(source);
		await expect(openFirstSource([fail("three"), fail("four")], note)).rejects.toThrow("four");
		expect(notes).toEqual(["one", "three"]);
	});
});
