import { parentPort, workerData } from "node:worker_threads";
import { threadStarted } from "../../ground/threads/index.js";
import { type GroupWorkerData, groupEncoded } from "./group-thread.js";

// Main module of a grouping thread, which works once and ends.
threadStarted();
const groups = groupEncoded(workerData as GroupWorkerData);
parentPort?.postMessage(groups, [groups.buffer as ArrayBuffer]);
