import type { Worker } from "node:worker_threads";
import { processorCount } from "../../codec/index.js";
import { type Content, contentBytes, type FilePiece } from "../../ground/bytes/index.js";
import { startThread } from "../../ground/threads/index.js";
import { newBlockBytes } from "./block-delta.js";
import { type CutContent, cutContent } from "./chunk-delta.js";
import { filePieces } from "./file-pieces.js";

/** Facts about objects that follow from their bytes alone. */
export interface DeltaFacts {
	/** The chunks of each old object. */
	readonly cuts: readonly CutContent[];
	/** See `newBlockBytes`. */
	readonly blocks4k: number;
}

/** Start data of the thread. */
export interface DeltaWork {
	readonly olds: readonly SharedContent[];
	readonly news: readonly SharedContent[];
}

/** A content for another thread. Small ones are often compressed in their package, and are sent as bytes. */
export type SharedContent = Uint8Array | readonly FilePiece[];

/** Most bytes of a content that is sent as bytes. */
const SMALL_BYTES = 1 << 16;

/** For fewer bytes, starting a thread costs more than it saves. */
const WORTH_BYTES = 1 << 25;

/** Computes the facts about objects: in another thread if there are many bytes, else in this one. */
export class DeltaAhead {
	readonly #olds: readonly Content[];
	readonly #news: readonly Content[];
	readonly #worker: Worker | undefined;
	readonly #answer: Promise<DeltaFacts | undefined>;

	/** @param olds all objects of the old package. @param news the objects that only the new package has. */
	constructor(olds: readonly Content[], news: readonly Content[]) {
		this.#olds = olds;
		this.#news = news;
		const work = processorCount() > 1 ? threadWork(olds, news) : undefined;
		const url = new URL("./delta-worker.js", import.meta.url);
		const worker = work && startThread(url, { workerData: work });
		this.#worker = worker;
		// A thread that fails sends nothing. Then this thread reads the bytes, and throws the error.
		this.#answer = new Promise((resolve) => {
			worker?.on("message", resolve);
			worker?.on("error", () => resolve(undefined));
			worker?.on("exit", () => resolve(undefined));
			if (worker === undefined) resolve(undefined);
		});
	}

	/** Returns the facts. @throws what reading the objects throws. */
	async facts(): Promise<DeltaFacts> {
		return (await this.#answer) ?? (await this.#lookHere());
	}

	/** Ends the thread. Call it before the files are closed that the thread reads. */
	async close(): Promise<void> {
		await this.#worker?.terminate();
	}

	async #lookHere(): Promise<DeltaFacts> {
		const cuts: CutContent[] = [];
		for (const content of this.#olds) cuts.push(await cutContent(content));
		return { cuts, blocks4k: await newBlockBytes(this.#olds, this.#news) };
	}
}

function threadWork(olds: readonly Content[], news: readonly Content[]): DeltaWork | undefined {
	const size = [...olds, ...news].reduce((sum, content) => sum + content.size, 0);
	if (news.length === 0 || size < WORTH_BYTES) return undefined;
	const [before, after] = [shareAll(olds), shareAll(news)];
	return before && after && { olds: before, news: after };
}

function shareAll(contents: readonly Content[]): SharedContent[] | undefined {
	const shared = contents.map((each) => (each.size <= SMALL_BYTES ? contentBytes(each) : filePieces(each)));
	return shared.every((each) => each !== undefined) ? shared : undefined;
}
