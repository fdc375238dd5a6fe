import { type ByteString, byteString, type Content, utf8ByteString } from "../../src/ground/bytes/index.js";
import type { DirectoryDraft, Inode, RootfsTree } from "../../src/image/rootfs/index.js";
import type { ImageOptions } from "../../src/squashfs/format/index.js";
import { device, directory, file, ipc, noise, symlink } from "./inodes.js";

/** A tree at a limit of the format, and the options under which it is one. */
export interface LimitTree {
	readonly name: string;
	make(): RootfsTree;
	readonly options?: Partial<ImageOptions>;
}

function many(count: number, make: (i: number) => Inode, start = 0): DirectoryDraft {
	const folder = directory({});
	for (let i = start; i < start + count; i++) folder.entries.set(utf8ByteString(`entry-${i}`), make(i));
	return folder;
}

const small = (i: number): Inode => file(`${i % 7}`, { uid: i % 3, mtime: i });

function crowd(count: number): LimitTree {
	return {
		name: `${count} entries in a directory`,
		make: () => ({ root: directory({ crowd: many(count, small), z: file("z") }) }),
	};
}

/** 70 directories of 1000 inodes, and files that have names in the first and the last ones. */
function farLinks(): RootfsTree {
	const [first, pipe] = [file("linked"), ipc("fifo")];
	const root = many(70, (i) => many(1000, small, i * 1000));
	for (const [i, folder] of [...root.entries.values()].entries()) {
		const { entries } = folder as DirectoryDraft;
		if (i % 40 === 0) entries.set(utf8ByteString("link"), first).set(utf8ByteString("pipe"), pipe);
		if (i === 41) entries.set(utf8ByteString("aa"), first);
	}
	return { root };
}

const BLOCK = 4096;
const SIZES = [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 3 * BLOCK - 1, 5 * BLOCK + 7];

/** Files of each size: zeros, ones, bytes that do not compress, and zeros with something at an end. */
function sizes(): RootfsTree {
	const root = directory({});
	for (const size of SIZES) {
		const edge = new Uint8Array(size).fill(5, 0, 1);
		const end = new Uint8Array(size).fill(5, Math.max(size - 1, 0));
		const bodies = { zeros: new Uint8Array(size), ones: new Uint8Array(size).fill(1), edge, end };
		for (const [name, body] of Object.entries({ ...bodies, noise: noise(size, size) })) {
			root.entries.set(utf8ByteString(`${name}-${size}`), file(body));
		}
	}
	return { root };
}

/** Zeros, but for a mark in its last bytes. */
function sparse(size: number, mark: Uint8Array): Content {
	return {
		size,
		read(target, position) {
			target.fill(0);
			const at = size - mark.length - position;
			for (let i = Math.max(at, 0); i < Math.min(at + mark.length, target.length); i++) {
				target[i] = mark[i - at]!;
			}
		},
	};
}

/** 65,535 different ids, the root's 0 among them. */
function everyId(): RootfsTree {
	const id = (i: number): number => Math.imul(i, 0x10001) >>> 0;
	const root = many(32_767, (i) => symlink("x", { uid: id(2 * i + 1), gid: id(2 * i + 2) }));
	return { root };
}

// cap_net_bind_service, permitted and effective: kernels check its form.
const CAPABILITY = Buffer.from("0100000200040000000000000000000000000000", "hex");

/** Shared and unshared sets, equal values in different sets, long values, dropped names. */
function xattrs(): RootfsTree {
	const long = noise(65_536, 3);
	const value = (i: number): Uint8Array => (i % 3 === 0 ? long.subarray(0, 3000) : Buffer.from(`value ${i}`));
	const root = many(3000, (i) => {
		const own = { "user.own": value(i), "trusted.t": Buffer.from(`${i}`) };
		const shared = { "security.capability": CAPABILITY, "user.empty": new Uint8Array(0) };
		return file("x", { xattrs: i % 2 === 0 ? own : shared });
	});
	const all = { "user.long": long, "security.selinux": Buffer.from("system_u:object_r:bin_t:s0\0") };
	const values = { xattrs: { ...all, "user.name with \\ and ä": Buffer.from([0, 255]) } };
	root.entries.set(utf8ByteString("folder"), directory({ f: file("f", values) }, values));
	root.entries.set(utf8ByteString("link"), symlink("to", { xattrs: { "trusted.l": long } }));
	root.entries.set(utf8ByteString("device"), device("block-device", 1, 2, { xattrs: { "trusted.d": long } }));
	root.entries.set(utf8ByteString("pipe"), ipc("fifo", { xattrs: { "security.p": long } }));
	return { root };
}

function names(): RootfsTree {
	const root = directory({ é: file("1"), "\u{1f600}": file("2"), "\uffee": directory({ ü: file("3") }) });
	for (let i = 0x80; i < 0x100; i++) {
		const name = byteString(Uint8Array.of(i, 0x41, i)) as ByteString;
		root.entries.set(name, file(`${i}`));
		root.entries.set(byteString(Buffer.alloc(255, i)) as ByteString, symlink("t".repeat(i)));
	}
	root.entries.set(byteString(Buffer.from(" \n\t\\\x7f")), file("white"));
	return { root };
}

function kinds(): RootfsTree {
	const values = { uid: 0xfffffffe, gid: 100_000, mtime: 0xffffffff, mode: 0o7777 };
	return {
		root: directory(
			{
				block: device("block-device", 4095, 1_048_575, values),
				character: device("character-device", 259, 256),
				fifo: ipc("fifo", values),
				socket: ipc("socket", { mode: 0 }),
				symlink: symlink("s".repeat(4095), values),
				setuid: file("#!/bin/sh\n", { ...values, mode: 0o6755 }),
				sticky: directory({}, { ...values, mode: 0o1777, mtime: 0x80000000 }),
				old: file("", { mtime: 1 }),
			},
			values,
		),
	};
}

function deep(levels: number): RootfsTree {
	let root = directory({ bottom: file("bottom") });
	for (let i = 0; i < levels; i++) root = directory({ d: root, f: symlink("x") });
	return { root };
}

/** A tree with one file, "large": more than 4 GiB of holes, and a few bytes at its end. */
export const LARGE_FILE: Content = sparse(2 ** 32 + (1 << 20), noise(200_000, 1));

/** Names of the trees that have so many inodes that a kernel takes seconds to list one. */
export const LARGEST: RegExp = /65600|70,000|65,535/;

/** Every limit of issue and spec that a reader could stumble at. */
export const LIMIT_TREES: readonly LimitTree[] = [
	{ name: "an empty root", make: () => ({ root: directory({}) }) },
	...[1, 256, 257, 65_600].map(crowd),
	{ name: "70,000 inodes, hard links 40,000 apart", make: farLinks },
	{ name: "sizes around the block", make: sizes, options: { blockSize: BLOCK } },
	{
		name: "sizes around the block, no fragments",
		make: sizes,
		options: { blockSize: BLOCK, fragments: "none", duplicates: false },
	},
	{
		name: "sizes around the block, fragments of small files, nothing compressed",
		make: sizes,
		options: {
			blockSize: BLOCK,
			fragments: "small",
			rawInodes: true,
			rawData: true,
			rawFragments: true,
			rawXattrs: true,
		},
	},
	{
		name: "1200 fragment blocks",
		make: () => ({ root: many(1200, (i) => file(noise(BLOCK - 1, i + 1))) }),
		options: { blockSize: BLOCK },
	},
	{ name: "65,535 ids", make: everyId },
	{ name: "xattr sets", make: xattrs },
	{ name: "xattr sets, nothing compressed", make: xattrs, options: { rawXattrs: true, rawInodes: true } },
	{ name: "names of any bytes", make: names },
	{ name: "all kinds of inodes", make: kinds },
	{ name: "3000 levels", make: () => deep(3000) },
	{ name: "not exportable", make: () => deep(3), options: { exportable: false } },
];
