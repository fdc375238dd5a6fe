import {
	type ByteString,
	bufferContent,
	type Content,
	utf8ByteString,
} from "../../src/ground/bytes/index.js";
import type {
	Attributes,
	Device,
	Directory,
	DirectoryDraft,
	Inode,
	Ipc,
	RegularFile,
	RootfsTree,
	Symlink,
} from "../../src/image/rootfs/index.js";

/** Attributes of a test inode; `xattrs` by full name. */
export type AttributeValues = Partial<Omit<Attributes, "xattrs">> & {
	readonly xattrs?: Readonly<Record<string, Uint8Array>>;
};

function attributes(values: AttributeValues, mode: number): Attributes {
	const xattrs = Object.entries(values.xattrs ?? {}).map(([name, value]): [ByteString, Uint8Array] => [
		utf8ByteString(name),
		value,
	]);
	return { mode, uid: 0, gid: 0, mtime: 0, ...values, xattrs: new Map(xattrs) };
}

/** A directory; names are text, or byte strings made by `byteString`. */
export function directory(
	entries: Readonly<Record<string, Inode>>,
	values: AttributeValues = {},
): DirectoryDraft {
	const named = Object.entries(entries).map(([name, inode]): [ByteString, Inode] => [
		utf8ByteString(name),
		inode,
	]);
	return { kind: "directory", attributes: attributes(values, 0o755), entries: new Map(named) };
}

export function file(body: string | Uint8Array | Content, values: AttributeValues = {}): RegularFile {
	const bytes = typeof body === "string" ? Buffer.from(body) : body;
	const content = bytes instanceof Uint8Array ? bufferContent(bytes) : bytes;
	return { kind: "file", attributes: attributes(values, 0o644), content };
}

export function symlink(target: string, values: AttributeValues = {}): Symlink {
	return { kind: "symlink", attributes: attributes(values, 0o777), target: utf8ByteString(target) };
}

export function device(
	kind: Device["kind"],
	major: number,
	minor: number,
	values: AttributeValues = {},
): Device {
	return { kind, attributes: attributes(values, 0o600), major, minor };
}

export function ipc(kind: Ipc["kind"], values: AttributeValues = {}): Ipc {
	return { kind, attributes: attributes(values, 0o600) };
}

/** A content of zeros: any size, no memory. */
export function zeros(size: number): Content {
	return { size, read: (target) => void target.fill(0) };
}

/** `count` bytes that no compressor makes shorter, and the same for the same seed. */
export function noise(count: number, seed: number): Uint8Array {
	const bytes = new Uint8Array(count);
	let state = seed | 1;
	for (let i = 0; i < count; i++) {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		bytes[i] = state >>> 11;
	}
	return bytes;
}

export function rootfs(root: Directory): RootfsTree {
	return { root };
}
