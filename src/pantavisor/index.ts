export { renderLxcConfig } from "./lxc-config.js";
export { createRunManifest } from "./run-manifest.js";
export { encodeRunManifestText } from "./run-manifest-text.js";
export { parseSourceManifest } from "./source-manifest.js";
