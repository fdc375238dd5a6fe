export { renderLxcConfig } from "./config.js";
export { argumentWarnings, type Explanation, explainPart } from "./explain.js";
export { startedCommand } from "./started-command.js";
