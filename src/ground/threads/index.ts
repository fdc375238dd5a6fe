export { optimiseLate } from "./optimiser.js";
export { startThread, threadStarted } from "./thread.js";
