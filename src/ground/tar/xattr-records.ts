import { type ByteString, byteStringBytes, displayByteString } from "../bytes/index.js";
import { TarFault } from "./errors.js";
import type { PaxRecords } from "./pax.js";

const NO_XATTRS: ReadonlyMap<ByteString, Uint8Array> = new Map();

const SCHILY = "SCHILY.xattr.";
const LIBARCHIVE = "LIBARCHIVE.xattr.";
const SELINUX = "RHT.security.selinux";

/**
 * The extended attributes among pax records, full name to value. Three spellings exist and
 * some writers use two at once: SCHILY's binary one wins, libarchive's (base64) and Red Hat's
 * only fill gaps, so no attribute comes twice.
 */
export function decodeXattrRecords(records: PaxRecords): ReadonlyMap<ByteString, Uint8Array> {
	let xattrs: Map<ByteString, Uint8Array> | undefined;
	const fill = (name: ByteString, value: Uint8Array, replace: boolean): void => {
		xattrs ??= new Map();
		if (replace || !xattrs.has(name)) xattrs.set(name, value);
	};
	for (const [keyword, value] of records.values) {
		if (keyword.startsWith(SCHILY)) {
			fill(attributeName(keyword, keyword.slice(SCHILY.length)), byteStringBytes(value), true);
		} else if (keyword.startsWith(LIBARCHIVE)) {
			const name = decodePercent(keyword.slice(LIBARCHIVE.length));
			fill(attributeName(keyword, name), decodeBase64(keyword, value), false);
		} else if (keyword === SELINUX) {
			fill("security.selinux" as ByteString, byteStringBytes(value), false);
		}
	}
	return xattrs ?? NO_XATTRS;
}

/** Keywords of POSIX ACLs in star's text form, which no image needs. */
export function aclKeywords(records: PaxRecords): ByteString[] {
	return [...records.values.keys()].filter((keyword) => keyword.startsWith("SCHILY.acl."));
}

function attributeName(keyword: ByteString, name: string): ByteString {
	if (name === "" || name.includes("\0")) {
		throw new TarFault("ERR_TAR_PAX", `pax record ${displayByteString(keyword)}: no attribute name`);
	}
	return name as ByteString;
}

function decodePercent(name: string): string {
	return name.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
		String.fromCharCode(Number.parseInt(hex, 16)),
	);
}

function decodeBase64(keyword: ByteString, value: ByteString): Uint8Array {
	if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value)) {
		throw new TarFault("ERR_TAR_PAX", `pax record ${displayByteString(keyword)}: expected base64`);
	}
	return Buffer.from(value, "base64");
}
