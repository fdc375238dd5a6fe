export { comparedContents, createOverlay } from "./difference.js";
export type { OverlayErrorCode } from "./errors.js";
export { applyOverlay } from "./presentation.js";
