import { rmSync } from "node:fs";
import { BytesError, sha256Hex } from "../bytes/index.js";
import { readFileIfPresent, writeFileAtomically } from "../files/index.js";
import type { CacheKey } from "./cache-key.js";
import { CACHE_FILE_MODE, cachePath, makeCachePath, namesIn, regularFile } from "./cache-layout.js";

const MAGIC = "pvpkg-record@2";
/** Most bytes of a record. */
const LIMIT = 64 << 20;

/** What was found about the records of a cache. */
export interface RecordCheck {
	/** Records that the key authenticates. */
	readonly sound: number;
	/** Made with another key, and never used with this one. */
	readonly foreign: number;
	/** Names of the removed files. */
	readonly damaged: readonly string[];
}

/**
 * Small strings under keys, such as the last digest of a tag. A record is used only with the right MAC;
 * without a key, records live as long as the store. A record that is damaged is absent, and the next run
 * writes it again; one that cannot be written is not kept.
 */
export class RecordStore {
	readonly #directory: string;
	readonly #key: CacheKey | undefined;
	readonly #onWarning: (message: string) => void;
	readonly #passing = new Map<string, string>();

	constructor(directory: string, key: CacheKey | undefined, onWarning: (message: string) => void) {
		this.#directory = directory;
		this.#key = key;
		this.#onWarning = onWarning;
	}

	read(name: string): string | undefined {
		if (this.#key === undefined) return this.#passing.get(name);
		try {
			const file = fileName(this.#key, name);
			const path = cachePath(this.#directory, "records", file);
			const bytes = readRecordFile(path);
			if (bytes === undefined) return undefined;
			const record = decodeRecord(bytes, file, this.#key);
			if (typeof record === "object") return record.text;
			this.#onWarning(`${path}: read: the record is damaged and is made again`);
		} catch (error) {
			this.#warnOf(error);
		}
		return undefined;
	}

	write(name: string, text: string): void {
		if (this.#key === undefined) {
			this.#passing.set(name, text);
			return;
		}
		try {
			if (this.read(name) === text) return;
			const file = fileName(this.#key, name);
			const path = makeCachePath(this.#directory, "records", file);
			writeFileAtomically(path, encodeRecord(text, file, this.#key), { mode: CACHE_FILE_MODE });
		} catch (error) {
			this.#warnOf(error);
		}
	}

	/** Looks at every record, and removes those that are damaged. */
	verify(): RecordCheck {
		const damaged: string[] = [];
		let [sound, foreign] = [0, 0];
		for (const file of this.#files()) {
			const path = cachePath(this.#directory, "records", file);
			const verdict = this.#verdict(path, file);
			if (verdict === "damaged") {
				damaged.push(file);
				removeIfPossible(path);
			} else if (verdict === "foreign") foreign++;
			else sound++;
		}
		return { sound, foreign, damaged };
	}

	#verdict(path: string, file: string): "damaged" | "foreign" | "sound" {
		try {
			const bytes = readRecordFile(path);
			if (bytes === undefined) return "damaged";
			const record = decodeRecord(bytes, file, this.#key);
			return typeof record === "object" ? "sound" : record;
		} catch {
			return "damaged";
		}
	}

	removeAll(): void {
		for (const file of this.#files()) removeIfPossible(cachePath(this.#directory, "records", file));
	}

	#files(): string[] {
		return namesIn(cachePath(this.#directory, "records")).filter((name) => /^[0-9a-f]{64}$/.test(name));
	}

	/** Warns of something that was not kept. */
	warn(message: string): void {
		this.#onWarning(message);
	}

	#warnOf(error: unknown): void {
		if (!(error instanceof BytesError)) throw error;
		this.warn(`cache: ${error.message}`);
	}
}

/** Two keys never share a file. */
function fileName(key: CacheKey, name: string): string {
	return sha256Hex(`${key.id}\n${name}`);
}

function readRecordFile(path: string): Buffer | undefined {
	const status = regularFile(path);
	if (status === undefined || status.size > LIMIT) return undefined;
	const bytes = readFileIfPresent(path);
	return bytes && Buffer.from(bytes);
}

/** `pvpkg-record@2 KEY-ID MAC` and a line feed, then the text. The MAC is over the file's name and the text. */
function encodeRecord(text: string, file: string, key: CacheKey): Buffer {
	const body = Buffer.from(text, "utf8");
	const mac = key.mac("record", file, body).toString("hex");
	return Buffer.concat([Buffer.from(`${MAGIC} ${key.id} ${mac}\n`, "latin1"), body]);
}

function decodeRecord(
	bytes: Buffer,
	file: string,
	key: CacheKey | undefined,
): { readonly text: string } | "damaged" | "foreign" {
	const end = bytes.subarray(0, 256).indexOf("\n");
	const [magic, id, mac = "", ...more] = bytes.toString("latin1", 0, Math.max(0, end)).split(" ");
	if (magic !== MAGIC || more.length > 0) return "damaged";
	if (key === undefined || id !== key.id) return "foreign";
	const body = bytes.subarray(end + 1);
	if (!key.accepts(Buffer.from(mac, "hex"), "record", file, body)) return "damaged";
	return { text: body.toString("utf8") };
}

function removeIfPossible(path: string): void {
	try {
		rmSync(path, { force: true });
	} catch {
		// It belongs to another user. It is not trusted anyway.
	}
}
