export { createOverlay } from "./difference.js";
export { OverlayError, type OverlayErrorCode } from "./errors.js";
export { applyOverlay } from "./presentation.js";
