export { readSquashfs, readTree, type SquashfsEntry } from "./image-tree.js";
export { type ImageEntry, openImage, type SquashfsImage } from "./reader.js";
