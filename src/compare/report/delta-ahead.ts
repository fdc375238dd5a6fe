import { Worker } from "node:worker_threads";
import { processorCount } from "../../codec/index.js";
import { type Content, contentBytes, type FilePiece } from "../../ground/bytes/index.js";
import { newBlockBytes } from "./block-delta.js";
import { type CutContent, cutContent } from "./chunk-delta.js";
import { filePieces } from "./file-pieces.js";

/** What is known of objects by their bytes alone. */
export interface DeltaFacts {
	/** The chunks of each old object. */
	readonly cuts: readonly CutContent[];
	/** See `newBlockBytes`. */
	readonly blocks4k: number;
}

/** What the thread starts with. */
export interface DeltaWork {
	readonly olds: readonly SharedContent[];
	readonly news: readonly SharedContent[];
}

/** A content as another thread gets it: small ones are often compressed in their package, and sent along. */
export type SharedContent = Uint8Array | readonly FilePiece[];

/** Bytes of a content that is sent along. */
const SMALL_BYTES = 1 << 16;

/** With fewer bytes to look at, starting a thread costs more than it saves. */
const WORTH_BYTES = 1 << 25;

/** Looks at objects in another thread where they are large, and in this one elsewhere. */
export class DeltaAhead {
	readonly #olds: readonly Content[];
	readonly #news: readonly Content[];
	readonly #worker: Worker | undefined;
	readonly #answer: Promise<DeltaFacts | undefined>;

	/** @param olds all objects of the old package. @param news those that only the new one has. */
	constructor(olds: readonly Content[], news: readonly Content[]) {
		this.#olds = olds;
		this.#news = news;
		const work = processorCount() > 1 ? threadWork(olds, news) : undefined;
		const url = new URL("./delta-worker.js", import.meta.url);
		const worker = work && new Worker(url, { workerData: work, execArgv: [] });
		this.#worker = worker;
		// A thread that fails has no answer: this one says what is wrong with the bytes.
		this.#answer = new Promise((resolve) => {
			worker?.on("message", resolve);
			worker?.on("error", () => resolve(undefined));
			worker?.on("exit", () => resolve(undefined));
			if (worker === undefined) resolve(undefined);
		});
	}

	/** Returns what is known. @throws what reading the objects throws. */
	async facts(): Promise<DeltaFacts> {
		return (await this.#answer) ?? (await this.#lookHere());
	}

	/** Ends the thread, before the files are closed that it reads. */
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
