export { checkPartName, lintState } from "./device.js";
export { error, type Finding, warning } from "./finding.js";
export { lintLxcConfig } from "./lxc.js";
