import { parentPort, workerData } from "node:worker_threads";
import { threadStarted } from "../threads/index.js";
import { claimBatch, type HashBatch, type HashedBatch, type HashWorkerData } from "./file-hasher.js";
import { type FileDigest, TreeFile } from "./tree-file.js";

// A hashing thread: takes the batches that nobody else took; ended by termination.
threadStarted();
const { claims } = workerData as HashWorkerData;

parentPort?.on("message", ({ index, files }: HashBatch) => {
	if (!claimBatch(claims, index)) return;
	const digests = files.map(({ path, size, version }) => digestOf(new TreeFile(path, size, version)));
	parentPort?.postMessage({ index, digests } satisfies HashedBatch);
});

/** Nothing, where reading fails: who reads the file for its bytes says what is wrong. */
function digestOf(file: TreeFile): FileDigest | undefined {
	try {
		return file.digest();
	} catch {
		return undefined;
	}
}
