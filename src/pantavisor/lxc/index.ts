export { renderLxcConfig } from "./config.js";
export { argumentWarnings, type Explanation, explainPart } from "./explain.js";
export { DEVICE_SPLITTERS } from "./splitter.js";
export { startedCommand } from "./started-command.js";
export { decodeLxcValue } from "./value.js";
