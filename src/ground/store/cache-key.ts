import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { lstatSync, type Stats } from "node:fs";
import { join } from "node:path";
import { BytesError } from "../bytes/index.js";
import { makeDirectory, readFileIfPresent, writeFileAtomically } from "../files/index.js";

/** Purpose of a MAC: that of a record is never valid for a pack of blocks. */
type MacPurpose = "record" | "blocks";

/**
 * The secret that authenticates what the runs of this user put into a cache. Everything in a cache has a MAC
 * made with it, except blobs, which are checked by their digest.
 */
export class CacheKey {
	/** Identifies the key without revealing it: 16 hex digits. */
	readonly id: string;
	readonly #secret: Buffer;

	/** @param secret any string; the caller checks its length. */
	constructor(secret: string) {
		this.#secret = createHash("sha256").update(`pvpkg cache key\n${secret}`).digest();
		this.id = createHmac("sha256", this.#secret).update("id").digest("hex").slice(0, 16);
	}

	/** Returns the HMAC-SHA256 of bytes under a name: 32 bytes. */
	mac(purpose: MacPurpose, name: string, bytes: Uint8Array): Buffer {
		const hmac = createHmac("sha256", this.#secret);
		return hmac
			.update(`${purpose} ${Buffer.byteLength(name)}\n${name}\n`)
			.update(bytes)
			.digest();
	}

	/** Whether `mac` is that of bytes under a name. */
	accepts(mac: Uint8Array, purpose: MacPurpose, name: string, bytes: Uint8Array): boolean {
		const expected = this.mac(purpose, name, bytes);
		return mac.length === expected.length && timingSafeEqual(mac, expected);
	}
}

const KEY_FILE = "cache.key";

/**
 * Returns the text of `cache.key` of a configuration directory, which is made at its first use with
 * mode 0600; undefined where it cannot be made, or where others could know it.
 * @param onWarning receives why there is none.
 */
export function readCacheKeyFile(
	directory: string,
	onWarning: (message: string) => void,
): string | undefined {
	const path = join(directory, KEY_FILE);
	try {
		return readPrivateFile(path) ?? makeKeyFile(directory, path);
	} catch (error) {
		if (!(error instanceof BytesError)) throw error;
		onWarning(`${error.message}: nothing but blobs is kept in the cache (PVPKG_CACHE_KEY names a key)`);
		return undefined;
	}
}

/** Returns the key file's text; undefined if it is absent, or empty after a full disk or a power cut. */
function readPrivateFile(path: string): string | undefined {
	const status = statusOf(path);
	if (status === undefined) return undefined;
	const isPrivate = status.isFile() && (status.mode & 0o077) === 0 && status.uid === process.geteuid?.();
	if (!isPrivate) {
		const reason = "expected a file of this user with mode 0600";
		throw new BytesError("ERR_FILE_ACCESS", `${path}: read cache key: ${reason}`);
	}
	const text = Buffer.from(readFileIfPresent(path) ?? [])
		.toString("utf8")
		.trim();
	return /^[0-9a-f]{64}$/.test(text) ? text : undefined;
}

function statusOf(path: string): Stats | undefined {
	try {
		return lstatSync(path, { throwIfNoEntry: false });
	} catch (cause) {
		throw BytesError.fromSystem(path, "read cache key", cause);
	}
}

/** Two processes that do this at once may use two keys for their first run, which only costs time. */
function makeKeyFile(directory: string, path: string): string {
	const text = randomBytes(32).toString("hex");
	try {
		makeDirectory(directory, 0o700);
	} catch (cause) {
		throw BytesError.fromSystem(path, "make cache key", cause);
	}
	writeFileAtomically(path, `${text}\n`, { mode: 0o600 });
	return text;
}
