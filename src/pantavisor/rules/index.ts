export { checkPartName, lintState } from "./device.js";
export { error, type Finding, warning } from "./finding.js";
export { type LaidState, layPackage, layRemoval } from "./importer.js";
export { lintLxcConfig } from "./lxc.js";
