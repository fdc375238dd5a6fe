import { setImmediate as nextTurn } from "node:timers/promises";
import {
	type CompressorName,
	compressorOfId,
	createDecompressor,
	createExpandPool,
	type ExpandPool,
} from "../../codec/index.js";
import { type Content, PvpkgError } from "../../ground/bytes/index.js";
import type { Finding } from "../../ground/findings/index.js";
import {
	decodeSuperblock,
	ImageSource,
	METADATA_BLOCK_SIZE,
	RAW_METADATA_BLOCK,
	readRange,
	SquashfsError,
	SUPERBLOCK_FLAGS,
	SUPERBLOCK_SIZE,
	type Superblock,
} from "../format/index.js";
import {
	type HeadObserver,
	NO_BLOCKS,
	openImage,
	SoundBlockSearch,
	type SoundBlocks,
	type SquashfsImage,
	type StoredContent,
} from "../read/index.js";
import { judgeOptions } from "./compressor-options.js";
import { isKernelCompressor, lintTarget, neededOptions } from "./demands.js";
import { lintInode } from "./inode-rules.js";
import type { KernelTarget } from "./kernel-target.js";
import { kernelFinding } from "./rules.js";
import { lintStart } from "./start.js";
import { checkTables } from "./tables.js";
import { judgeXzDemands, readXzDemands } from "./xz-block.js";

export interface ImageCheckOptions {
	/** The kernel that has to mount it; undefined: any. */
	readonly target?: KernelTarget | undefined;
	/** Worker threads that expand blocks, 1 at least. Default: one for each processor. */
	readonly jobs?: number | undefined;
	/** Bytes that this image and others may still expand to; expanded bytes are subtracted. */
	readonly budget?: { left: number } | undefined;
	/** Whether an image that could not be read causes only a warning. */
	readonly allowUnchecked?: boolean | undefined;
}

/** The result of checking an image for kernels. */
export interface ImageVerdict {
	readonly findings: readonly Finding[];
	/** Options of a kernel's configuration that the image needs. */
	readonly needs: readonly string[];
}

/** Most bytes that the blocks of one image may expand to. */
const EXPANDED_LIMIT = 2 ** 34;
/** Below this many stored bytes, starting workers takes longer than expanding. */
const FEW_BYTES = 1 << 20;
/** Expanded bytes after which timers and signals can run. */
const TURN_BYTES = 1 << 23;
/** Entries after which timers and signals can run, and workers get their next blocks. */
const TURN_ENTRIES = 1 << 8;

/**
 * Checks an image as a kernel does when it mounts it, and when it reads every byte of it. Each stored block is
 * expanded once, even if several files share it; holes are not read.
 * @param subject the key of the image, for findings.
 */
export async function checkImage(
	image: Content,
	subject: string,
	options: ImageCheckOptions = {},
): Promise<ImageVerdict> {
	const start = lintStart(image, subject);
	if (start.length > 0) return { findings: start, needs: [] };
	try {
		const header = readRange(image, image.size, 0, SUPERBLOCK_SIZE, "superblock");
		const superblock = decodeSuperblock(header, image.size);
		return await new ImageCheck(image, superblock, subject, options).run();
	} catch (cause) {
		return { findings: [describeDamage(cause, subject)], needs: [] };
	}
}

function describeDamage(cause: unknown, subject: string): Finding {
	if (!(cause instanceof PvpkgError)) throw cause;
	const reason = cause.message.replace(/^squashfs image: /, "");
	return kernelFinding(
		cause.code === "ERR_SQUASHFS_LIMIT" ? "IMAGE_LIMIT" : "IMAGE_DAMAGED",
		subject,
		reason,
	);
}

class ImageCheck {
	readonly #image: Content;
	readonly #superblock: Superblock;
	readonly #subject: string;
	readonly #options: ImageCheckOptions;
	/** Findings by rule: only the first violation of each counts. */
	readonly #findings = new Map<string, Finding>();
	readonly #filters = new Set<number>();
	#dictionary = 0;
	#xattrs = false;

	constructor(image: Content, superblock: Superblock, subject: string, options: ImageCheckOptions) {
		this.#image = image;
		this.#superblock = superblock;
		this.#subject = subject;
		this.#options = options;
	}

	async run(): Promise<ImageVerdict> {
		const { compression, blockSize } = this.#superblock;
		if (!isKernelCompressor(compression)) {
			const name = compression === 2 ? "the old lzma" : `compressor ${compression}`;
			const reason = `is compressed by ${name}, which no kernel reads`;
			this.#add(kernelFinding("IMAGE_COMPRESSOR", this.#subject, reason));
			return this.#verdict();
		}
		for (const finding of checkTables(this.#image, this.#superblock, this.#subject)) this.#add(finding);
		if (this.#findings.size > 0) return this.#verdict();
		const compressor = findCompressor(compression);
		if (compressor === undefined) this.#addUnchecked();
		else {
			this.#checkOptions(compressor, blockSize);
			await this.#readAll(compressor);
		}
		const { target } = this.#options;
		if (target) for (const finding of lintTarget(this.#use(), target, this.#subject)) this.#add(finding);
		return this.#verdict();
	}

	#use() {
		const { compression, blockSize, xattrTable } = this.#superblock;
		return {
			compression,
			blockSize,
			filters: this.#filters,
			xattrs: this.#xattrs || xattrTable !== undefined,
		};
	}

	#verdict(): ImageVerdict {
		return { findings: [...this.#findings.values()], needs: neededOptions(this.#use()) };
	}

	#add(finding: Finding): void {
		const name = `${finding.code} ${finding.code === "IMAGE_KERNEL_CONFIG" ? finding.message : ""}`;
		if (!this.#findings.has(name)) this.#findings.set(name, finding);
	}

	#addUnchecked(): void {
		const severity = this.#options.allowUnchecked ? "warning" : "error";
		this.#add(
			kernelFinding(
				"IMAGE_NOT_CHECKED",
				this.#subject,
				"is compressed by lzo, which kernels read and pvpkg does not: nothing in it was checked",
				severity,
			),
		);
	}

	#checkOptions(compressor: CompressorName, blockSize: number): void {
		const verdict = judgeOptions(compressor, this.#readOptions(compressor), blockSize);
		this.#dictionary = verdict.dictionary;
		if (verdict.problem === undefined) return;
		this.#add(kernelFinding("IMAGE_OPTIONS", this.#subject, `compressor options: ${verdict.problem}`));
	}

	#readOptions(compressor: CompressorName): Uint8Array | undefined {
		const { flags, bytesUsed, blockSize } = this.#superblock;
		if ((flags & SUPERBLOCK_FLAGS.compressorOptions) === 0) return undefined;
		const source = new ImageSource(this.#image, bytesUsed, createDecompressor(compressor, blockSize));
		const header = source.read(SUPERBLOCK_SIZE, 2, "compressor options").readUInt16LE(0);
		const length = header & (RAW_METADATA_BLOCK - 1);
		const raw = (header & RAW_METADATA_BLOCK) !== 0;
		if (length === 0 || length > METADATA_BLOCK_SIZE) {
			throw new SquashfsError(
				"ERR_SQUASHFS_FORMAT",
				"squashfs image: compressor options: their size is wrong",
			);
		}
		return source.block(SUPERBLOCK_SIZE + 2, length, raw, METADATA_BLOCK_SIZE, "compressor options");
	}

	async #readAll(compressor: CompressorName): Promise<void> {
		// Workers start while this thread lists files, and expand blocks as soon as they are known.
		const pool = this.#startPool(compressor);
		try {
			const onBlock: HeadObserver | undefined =
				compressor === "xz" ? (stored, what) => this.#checkXz(stored, what) : undefined;
			const image = openImage(this.#image, { onBlock });
			const search = pool && new SoundBlockSearch(this.#image, image, { pool, limit: this.#limit });
			const { files, damage } = await this.#listFiles(image, search);
			// If the tables are damaged, the files before the damage are read here, in their order.
			const sound = damage ? undefined : await search?.finish(onBlock);
			await this.#readFiles(files, sound ?? NO_BLOCKS);
			if (damage) throw damage;
		} catch (cause) {
			const isKnown = [...this.#findings.values()].some(({ code }) => code.startsWith("IMAGE_XZ_"));
			const inner = (cause as Error).cause;
			if (isKnown && inner instanceof PvpkgError && inner.code === "ERR_CODEC_UNSUPPORTED") return;
			this.#add(describeDamage(cause, this.#subject));
		} finally {
			// Ending the threads takes up to 0.1 s, which nobody has to wait for.
			void pool?.close();
		}
	}

	/** Starts workers for an image that is worth them. */
	#startPool(compressor: CompressorName): ExpandPool | undefined {
		const { bytesUsed, blockSize } = this.#superblock;
		if (bytesUsed < FEW_BYTES) return undefined;
		const pool = createExpandPool({ compressor, blockSize, jobs: this.#options.jobs });
		pool.start();
		return pool;
	}

	/**
	 * Checks every inode, and returns the contents of files, each once, up to where the tables are damaged.
	 * @param search receives each content.
	 */
	async #listFiles(
		image: SquashfsImage,
		search: SoundBlockSearch | undefined,
	): Promise<{ files: StoredContent[]; damage?: PvpkgError }> {
		const files: StoredContent[] = [];
		const numbers = new Set<number>();
		let count = 0;
		try {
			for (const entry of image.entries()) {
				if (++count % TURN_ENTRIES === 0) await nextTurn();
				this.#xattrs ||= entry.attributes.xattrs.size > 0;
				for (const finding of lintInode(entry, this.#options.target, this.#subject)) this.#add(finding);
				if (entry.kind !== "file" || numbers.has(entry.number)) continue;
				numbers.add(entry.number);
				files.push(entry.content);
				search?.add(entry.content);
			}
		} catch (damage) {
			if (!(damage instanceof PvpkgError)) throw damage;
			return { files, damage };
		}
		return { files };
	}

	/** Bytes that the blocks of this image may expand to. */
	get #limit(): number {
		return Math.min(EXPANDED_LIMIT, this.#options.budget?.left ?? EXPANDED_LIMIT);
	}

	async #readFiles(files: readonly StoredContent[], sound: SoundBlocks): Promise<void> {
		const blocks = new Set(sound.names);
		const limit = this.#limit;
		const { budget = { left: limit } } = this.#options;
		budget.left -= sound.bytes;
		let [expanded, sinceTurn] = [sound.bytes, 0];
		for (const file of files) {
			const bytes = file.check(blocks);
			expanded += bytes;
			budget.left -= bytes;
			sinceTurn += bytes;
			if (expanded > limit) {
				const most =
					limit < EXPANDED_LIMIT
						? `the ${limit} bytes that are left of the limit of all images`
						: `the limit of ${limit} bytes`;
				throw new SquashfsError(
					"ERR_SQUASHFS_LIMIT",
					`squashfs image: its blocks expand to more than ${most}`,
				);
			}
			if (sinceTurn < TURN_BYTES) continue;
			sinceTurn = 0;
			await nextTurn();
		}
	}

	#checkXz(stored: Uint8Array, what: string): void {
		const demands = readXzDemands(stored);
		if (demands === undefined) return;
		for (const { rule, reason } of judgeXzDemands(demands, this.#dictionary)) {
			this.#add(kernelFinding(rule, this.#subject, `${what}: ${reason}`));
		}
		for (const id of demands.filters) this.#filters.add(id);
	}
}

function findCompressor(id: number): CompressorName | undefined {
	try {
		return compressorOfId(id);
	} catch {
		return undefined;
	}
}
