import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { CompressedBlock } from "../../codec/index.js";
import { BytesError, freeChunk } from "../../ground/bytes/index.js";
import { PendingFile, TemporaryDirectory } from "../../ground/files/index.js";
import {
	CACHE_FILE_MODE,
	CacheDirectory,
	type CacheKey,
	makePrivateDirectory,
} from "../../ground/store/index.js";
import { PackReader, PackWriter } from "./block-pack.js";
import type { BlockKey, BlockStore } from "./block-store.js";
import { CachePack } from "./cache-pack.js";

export interface BlockCacheOptions {
	/** Directory of the packs, made when the first block is kept. */
	readonly directory: string;
	/** Key that authenticates packs of earlier runs. Without it none is used, and none is left for later runs. */
	readonly key?: CacheKey | undefined;
	/** Most bytes of all packs after this run's commit. Default: 4 GiB. */
	readonly maximumBytes?: number | undefined;
	/**
	 * Receives one warning for each damaged pack, and for packs made with another key or a cache that cannot be
	 * written.
	 */
	readonly onWarning?: ((message: string) => void) | undefined;
}

const DEFAULT_MAXIMUM = 4 * 2 ** 30;
const SUFFIX = ".blocks";
/** A pack with a smaller useful share is left to expire, after its useful blocks were copied. */
const USEFUL_SHARE = 0.3;

/** A block that is being made. */
interface BlockInWork {
	readonly block: Promise<CompressedBlock>;
	/** Whether somebody besides the cache uses it. */
	isUsed: boolean;
}

/**
 * Compressed blocks that outlive the run. Each run writes at most one pack, which gets its name when it is complete
 * and is never changed, so that a killed process leaves nothing incomplete, and any number of processes need no
 * lock. Blocks that cannot be read, are damaged, or have no MAC of our key are made again; blocks that cannot be
 * written are not cached. The packs that were not used for the longest time are removed when there are too many.
 */
export class BlockCache implements BlockStore {
	readonly #directory: CacheDirectory;
	readonly #options: BlockCacheOptions;
	readonly #packs: CachePack[];
	readonly #inWork = new Map<BlockKey, BlockInWork>();
	#output: PackOutput | undefined;
	#writable = true;

	constructor(options: BlockCacheOptions) {
		this.#options = options;
		this.#directory = new CacheDirectory(options.directory, SUFFIX);
		const { key } = options;
		const packs = key === undefined ? [] : this.#directory.list();
		this.#packs = packs.map(({ name, size }) => new CachePack(this.#directory.path, name, size, key!));
	}

	find(
		key: BlockKey,
		memory?: Uint8Array | undefined,
	): CompressedBlock | Promise<CompressedBlock> | undefined {
		const work = this.#inWork.get(key);
		if (work === undefined) return this.#output?.writer.find(key, memory) ?? this.#findInPacks(key, memory);
		work.isUsed = true;
		return work.block;
	}

	keep(key: BlockKey, block: CompressedBlock | Promise<CompressedBlock>, isGiven = false): void {
		if (!(block instanceof Promise)) {
			this.#add(key, block);
			return;
		}
		const work: BlockInWork = { block, isUsed: !isGiven };
		this.#inWork.set(key, work);
		const settled = block.then(
			(made) => {
				this.#inWork.delete(key);
				this.#add(key, made);
				if (!work.isUsed) freeChunk(made.bytes);
			},
			() => this.#inWork.delete(key),
		);
		settled.catch(() => {});
	}

	/** Publishes the kept blocks, and removes packs beyond the limit. */
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

	/** Closes all files and discards what was not committed. May be called twice. */
	close(): void {
		for (const pack of this.#packs.splice(0)) pack.close();
		this.#output?.discard();
		this.#output = undefined;
		this.#writable = false;
	}

	#findInPacks(key: BlockKey, memory: Uint8Array | undefined): CompressedBlock | undefined {
		for (const pack of this.#packs) {
			const damagedBefore = pack.isDamaged;
			const block = pack.find(key, memory);
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

/** Removes all packs; runs that have opened them continue. @returns their bytes. */
export function removeBlocks(directory: string): number {
	const packs = new CacheDirectory(directory, SUFFIX);
	const all = packs.list();
	for (const { name } of all) packs.remove(name);
	return all.reduce((sum, { size }) => sum + size, 0);
}

/** The result of checking the packs of a cache. */
export interface BlockCheck {
	/** Number of packs that are valid under the key. */
	readonly sound: number;
	/** Number of packs made with another key, which this one does not use. */
	readonly foreign: number;
	/** File names of the removed packs. */
	readonly damaged: readonly string[];
}

/** Reads every block of every pack, and removes damaged packs. */
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

/** The pack of this run, where the next process removes it if this one is killed. */
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
