/** A file of an initial RAM file system. */
export interface RamFile {
	readonly path: string;
	readonly bytes: Uint8Array;
	/** Permission bits. */
	readonly mode: number;
}

const TYPE_FILE = 0o100000;
const TYPE_DIRECTORY = 0o040000;

/** Returns a cpio archive in the form "newc", as kernels unpack it: directories before what is in them. */
export function encodeInitramfs(directories: readonly string[], files: readonly RamFile[]): Buffer {
	let inode = 0;
	const member = (path: string, mode: number, bytes: Uint8Array): Buffer => {
		const name = Buffer.from(`${path}\0`);
		const numbers = [++inode, mode, 0, 0, 1, 0, bytes.length, 0, 0, 0, 0, name.length, 0];
		const fields = numbers.map((number) => number.toString(16).padStart(8, "0")).join("");
		return Buffer.concat([padded(Buffer.concat([Buffer.from(`070701${fields}`), name])), padded(bytes)]);
	};
	return Buffer.concat([
		...directories.map((path) => member(path, TYPE_DIRECTORY | 0o755, new Uint8Array())),
		...files.map(({ path, bytes, mode }) => member(path, TYPE_FILE | mode, bytes)),
		member("TRAILER!!!", 0, new Uint8Array()),
	]);
}

/** Bytes with zeros up to a multiple of four. */
function padded(bytes: Uint8Array): Buffer {
	return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}
