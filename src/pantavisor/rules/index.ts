export { checkPartName, lintState, type StateLintOptions } from "./device.js";
export { error, type Finding, warning } from "./finding.js";
export { type LaidState, layPackage, layRemoval } from "./importer.js";
export { lintLxcConfig } from "./lxc.js";
export { LXC_RULES } from "./lxc-rules.js";
export { RUN_RULES } from "./run-rules.js";
export { STATE_RULES } from "./state-rules.js";
export { type NamedFiles, namedFiles } from "./volumes.js";
