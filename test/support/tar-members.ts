import type { Bytes, TarHeader } from "./tar-builder.js";

type More = Omit<TarHeader, "path" | "type">;

/** Members of test layers, one function a kind; everything not given is 0. */
export function file(path: Bytes, body: Bytes = "", more: More = {}): TarHeader {
	return { path, body, mode: 0o644, ...more };
}

export function dir(path: Bytes, mode = 0o755, more: More = {}): TarHeader {
	return { path, type: "5", mode, ...more };
}

export function symlink(path: Bytes, link: Bytes, more: More = {}): TarHeader {
	return { path, type: "2", link, mode: 0o777, ...more };
}

export function hardlink(path: Bytes, link: Bytes, more: More = {}): TarHeader {
	return { path, type: "1", link, ...more };
}

export function fifo(path: Bytes, more: More = {}): TarHeader {
	return { path, type: "6", ...more };
}

export function characterDevice(path: Bytes, major: number, minor: number, more: More = {}): TarHeader {
	return { path, type: "3", major, minor, ...more };
}

/** The pax record of one extended attribute. */
export function xattr(name: string, value: Bytes): Pick<TarHeader, "pax"> {
	return { pax: { [`SCHILY.xattr.${name}`]: value } };
}
