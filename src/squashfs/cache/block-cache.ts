import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { CompressedBlock } from "../../codec/index.js";
import { BytesError } from "../../ground/bytes/index.js";
import { PendingFile, TemporaryDirectory } from "../../ground/files/index.js";
import {
	CACHE_FILE_MODE,
	CacheDirectory,
	type CacheKey,
	makePrivateDirectory,
} from "../../ground/store/index.js";
import { PackReader, PackWriter } from "./block-pack.js";
import type { BlockKey, BlockStore } from "./block-store.js";

export interface BlockCacheOptions {
	/** Where the packs are; made when the first block is kept. */
	readonly directory: string;
	/** What packs of earlier runs are believed by. Without it none is, and none is left for later ones. */
	readonly key?: CacheKey | undefined;
	/** Bytes that all packs may take once this run is committed. Default: 4 GiB. */
	readonly maximumBytes?: number | undefined;
	/** Receives each damaged pack once, of packs made with another key, and of a cache that cannot be written. */
	readonly onWarning?: ((message: string) => void) | undefined;
}

const DEFAULT_MAXIMUM = 4 * 2 ** 30;
const SUFFIX = ".blocks";
/** A pack of which less than this was of use is left to age; what was of use moves on. */
const USEFUL_SHARE = 0.3;

/**
 * Compressed blocks that outlive the run. Each run writes at most one pack, which appears whole
 * when it is committed and is never changed: so a process that is killed leaves nothing half done, and
 * any number of processes need no lock. What cannot be read, is damaged, or has no MAC of our key is
 * made again; what cannot be written is not cached. The packs used longest ago go first when there
 * are too many.
 */
export class BlockCache implements BlockStore {
	readonly #directory: CacheDirectory;
	readonly #options: BlockCacheOptions;
	readonly #packs: CachePack[];
	readonly #inWork = new Map<BlockKey, Promise<CompressedBlock>>();
	#output: PackOutput | undefined;
	#writable = true;

	constructor(options: BlockCacheOptions) {
		this.#options = options;
		this.#directory = new CacheDirectory(options.directory, SUFFIX);
		const { key } = options;
		const packs = key === undefined ? [] : this.#directory.list();
		this.#packs = packs.map(({ name, size }) => new CachePack(this.#directory.path, name, size, key!));
	}

	find(key: BlockKey): CompressedBlock | Promise<CompressedBlock> | undefined {
		return this.#inWork.get(key) ?? this.#output?.writer.find(key) ?? this.#findInPacks(key);
	}

	keep(key: BlockKey, block: CompressedBlock | Promise<CompressedBlock>): void {
		if (!(block instanceof Promise)) {
			this.#add(key, block);
			return;
		}
		this.#inWork.set(key, block);
		block
			.then((made) => this.#add(key, made))
			.catch(() => {})
			.finally(() => this.#inWork.delete(key));
	}

	/** Publishes what was kept, and removes what is too much. */
	commit(): void {
		for (const pack of this.#packs) {
			if (pack.isDamaged || pack.usefulShare < USEFUL_SHARE) this.#moveOn(pack);
			if (pack.isDamaged) this.#directory.remove(pack.name);
		}
		if (this.#packs.some((pack) => pack.isForeign)) {
			this.#warn(
				`${this.#directory.path}: blocks made with another key are not used (PVPKG_CACHE_KEY names one for several machines)`,
			);
		}
		for (const pack of this.#packs.toReversed()) {
			if (!pack.isDamaged && pack.usefulShare >= USEFUL_SHARE) this.#directory.renew(pack.name);
		}
		this.#publish();
		this.#evict();
	}

	/** Closes all files; what was not committed is gone. May be called twice. */
	close(): void {
		for (const pack of this.#packs.splice(0)) pack.close();
		this.#output?.discard();
		this.#output = undefined;
		this.#writable = false;
	}

	#findInPacks(key: BlockKey): CompressedBlock | undefined {
		for (const pack of this.#packs) {
			const damagedBefore = pack.isDamaged;
			const block = pack.find(key);
			if (pack.isDamaged && !damagedBefore) {
				this.#warn(`${join(this.#directory.path, pack.name)}: read blocks: damaged, they are made again`);
			}
			if (block) return block;
		}
		return undefined;
	}

	#moveOn(pack: CachePack): void {
		for (const key of pack.used) {
			const block = pack.find(key);
			if (block) this.#add(key, block);
		}
	}

	#add(key: BlockKey, block: CompressedBlock): void {
		this.#tryToWrite(() => {
			this.#output ??= PackOutput.create(this.#directory.path);
			this.#output.writer.add(key, block);
		});
	}

	#publish(): void {
		const { key } = this.#options;
		if (key === undefined) return;
		this.#tryToWrite(() => {
			this.#output?.publish(this.#directory, key);
			this.#output = undefined;
		});
	}

	#tryToWrite(write: () => void): void {
		if (!this.#writable) return;
		try {
			write();
		} catch (cause) {
			if (!(cause instanceof BytesError)) throw cause;
			this.#writable = false;
			this.#output?.discard();
			this.#output = undefined;
			this.#warn(`${this.#directory.path}: cache blocks: ${cause.message}`);
		}
	}

	#evict(): void {
		let left = this.#options.maximumBytes ?? DEFAULT_MAXIMUM;
		for (const { name, size } of this.#directory.list()) {
			left -= size;
			if (left < 0) this.#directory.remove(name);
		}
	}

	#warn(message: string): void {
		this.#options.onWarning?.(message);
	}
}

/** Removes all packs; runs that have opened them go on. @returns their bytes. */
export function removeBlocks(directory: string): number {
	const packs = new CacheDirectory(directory, SUFFIX);
	const all = packs.list();
	for (const { name } of all) packs.remove(name);
	return all.reduce((sum, { size }) => sum + size, 0);
}

/** What was found about the packs of a cache. */
export interface BlockCheck {
	/** Good under the key. */
	readonly sound: number;
	/** Made with another key, and never used with this one. */
	readonly foreign: number;
	/** Removed: file names. */
	readonly damaged: readonly string[];
}

/** Reads every block of every pack; damaged packs are removed. */
export function verifyBlocks(directory: string, key: CacheKey): BlockCheck {
	const packs = new CacheDirectory(directory, SUFFIX);
	const verdicts = packs.list().map(({ name }) => [name, verdictOf(join(packs.path, name), key)] as const);
	const named = (wanted: string) =>
		verdicts.filter(([, verdict]) => verdict === wanted).map(([name]) => name);
	for (const name of named("damaged")) packs.remove(name);
	return { sound: named("sound").length, foreign: named("foreign").length, damaged: named("damaged") };
}

function verdictOf(path: string, key: CacheKey): "sound" | "damaged" | "foreign" {
	try {
		const reader = PackReader.open(path, key);
		if (typeof reader === "string") return reader;
		const sound = reader.isSound();
		reader.close();
		return sound ? "sound" : "damaged";
	} catch {
		return "damaged";
	}
}

/** A pack of the directory, opened when it is first asked; it stays readable when another process removes it. */
class CachePack {
	readonly name: string;
	readonly #path: string;
	readonly #size: number;
	readonly #key: CacheKey;
	/** Null: it cannot be read. */
	#reader: PackReader | undefined | null;
	readonly #used = new Map<BlockKey, number>();
	#damaged = false;
	#foreign = false;

	constructor(directory: string, name: string, size: number, key: CacheKey) {
		this.name = name;
		this.#path = join(directory, name);
		this.#size = size;
		this.#key = key;
	}

	get isDamaged(): boolean {
		return this.#damaged;
	}

	/** Known once the pack was opened. */
	get isForeign(): boolean {
		return this.#foreign;
	}

	/** Keys that were found. */
	get used(): Iterable<BlockKey> {
		return this.#used.keys();
	}

	/** Bytes that were found, over all. */
	get usefulShare(): number {
		return [...this.#used.values()].reduce((sum, size) => sum + size, 0) / this.#size;
	}

	find(key: BlockKey): CompressedBlock | undefined {
		this.#reader ??= this.#reader === null ? null : this.#open();
		if (!this.#reader?.has(key)) return undefined;
		const block = this.#reader.find(key);
		if (block) this.#used.set(key, block.bytes.length);
		else this.#damaged = true;
		return block;
	}

	close(): void {
		this.#reader?.close();
		this.#reader = null;
	}

	#open(): PackReader | null {
		try {
			const reader = PackReader.open(this.#path, this.#key);
			this.#damaged = reader === "damaged";
			this.#foreign = reader === "foreign";
			return typeof reader === "string" ? null : reader;
		} catch {
			// Removed by another process meanwhile, or not ours to read.
			return null;
		}
	}
}

/** The pack of this run, in a place that the next process cleans up when this one is killed. */
class PackOutput {
	readonly writer: PackWriter;
	readonly #place: TemporaryDirectory;
	readonly #file: PendingFile;

	private constructor(place: TemporaryDirectory, file: PendingFile) {
		this.#place = place;
		this.#file = file;
		this.writer = new PackWriter(file);
	}

	static create(directory: string): PackOutput {
		makePrivateDirectory(directory);
		const place = TemporaryDirectory.create(directory);
		return new PackOutput(place, PendingFile.create(join(place.path, "pack"), { mode: CACHE_FILE_MODE }));
	}

	publish(directory: CacheDirectory, key: CacheKey): void {
		this.writer.finish(key);
		this.#file.commit();
		directory.adopt(this.#file.path, `${randomBytes(12).toString("hex")}${SUFFIX}`);
		this.#place.remove();
	}

	discard(): void {
		this.#file.discard();
		this.#place.remove();
	}
}
