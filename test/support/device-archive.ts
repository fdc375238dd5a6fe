import { gunzipSync } from "node:zlib";

/** What the device's importer makes of a package. */
export interface ImportedPackage {
	/** The text that it takes for the state; undefined when there is none. */
	readonly state: Buffer | undefined;
	/** Files that it writes, by what follows `objects/` in their names; of two the last one. */
	readonly objects: ReadonlyMap<string, Buffer>;
	/** It waits for bytes that never come. */
	readonly hangs: boolean;
	/** It reads memory that is not its own. */
	readonly crashes: boolean;
}

const BLOCK = 512;

/**
 * A model of the device's importer, written from docs/formats/devices.md#the-importer and independent of the reader:
 * types, checksums, prefixes and pax headers do not exist; a name is compared as far as it goes.
 */
export function importAsDevice(file: Buffer): ImportedPackage {
	const archive = file[0] === 0x1f && file[1] === 0x8b ? expand(file) : file;
	if (archive === undefined) return { state: undefined, objects: new Map(), hangs: true, crashes: false };
	let state: Buffer | undefined;
	const objects = new Map<string, Buffer>();
	let at = 0;
	while (at + BLOCK <= archive.length) {
		const header = archive.subarray(at, at + BLOCK);
		if (header.toString("latin1", 257, 262) !== "ustar") break;
		at += BLOCK;
		let name = cString(header, 0, 100);
		if (header[156] === "L".charCodeAt(0)) {
			name = cString(archive, at, at + 255);
			at += BLOCK;
		}
		const size = octalLong(header);
		const isState = "json".startsWith(name);
		const isObject = name.startsWith("objects/");
		if (size < 0 || at + size > archive.length) return { state, objects, hangs: true, crashes: size < 0 };
		const body = archive.subarray(at, at + size);
		if (isState) state = body;
		else if (isObject) objects.set(name.slice("objects/".length), body);
		at += Math.ceil(size / BLOCK) * BLOCK;
	}
	return { state, objects, hangs: false, crashes: false };
}

/** As gzread does: members are joined, what follows them and is none is passed over. */
function expand(file: Buffer): Buffer | undefined {
	try {
		return gunzipSync(file);
	} catch {
		return undefined;
	}
}

function cString(bytes: Buffer, from: number, to: number): string {
	const text = bytes.toString("latin1", from, Math.min(to, bytes.length));
	const end = text.indexOf("\0");
	return end < 0 ? text : text.slice(0, end);
}

/** strtoll in base 8 from the size field on, which does not end where the field does. */
function octalLong(header: Buffer): number {
	const [, sign, digits] = /^[ \t\n\v\f\r]*([+-]?)([0-7]*)/.exec(header.toString("latin1", 124))!;
	const value = digits === "" ? 0 : Math.min(Number.parseInt(digits!, 8), Number.MAX_SAFE_INTEGER);
	return sign === "-" ? -value : value;
}
