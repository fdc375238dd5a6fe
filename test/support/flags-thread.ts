import { cachedDataVersionTag } from "node:v8";
import { parentPort } from "node:worker_threads";
import { threadStarted } from "../../src/ground/threads/index.js";

// The module of a thread that reports under which flags of V8 it started.
const tag = cachedDataVersionTag();
threadStarted();
parentPort?.postMessage(tag);
