import { parentPort, workerData } from "node:worker_threads";
import { bufferContent, type Content } from "../../ground/bytes/index.js";
import { threadStarted } from "../../ground/threads/index.js";
import { newBlockBytes } from "./block-delta.js";
import { cutContent } from "./chunk-delta.js";
import type { DeltaFacts, DeltaWork, SharedContent } from "./delta-ahead.js";
import { PiecesContent } from "./file-pieces.js";

// The thread that reads objects while the main thread lists names. It ends by itself.
threadStarted();
const { olds, news } = workerData as DeltaWork;

const open = (shared: SharedContent): Content =>
	shared instanceof Uint8Array ? bufferContent(shared) : new PiecesContent(shared);
const [before, after] = [olds.map(open), news.map(open)];
const cuts = [];
for (const content of before) cuts.push(await cutContent(content));
const blocks4k = await newBlockBytes(before, after);
parentPort?.postMessage({ cuts, blocks4k } satisfies DeltaFacts);
