export type { ImageEngine } from "./image-engine.js";
export { writeSquashfs } from "./image-file.js";
export { createPrecompressor, type Precompressor } from "./precompressor.js";
export { writeImage } from "./writer.js";
