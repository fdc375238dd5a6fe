export type { ExcludePattern } from "./exclude-pattern.js";
export type { TreeChanges } from "./format-draft.js";
export { type FormatOptions, formatOptionLength, parseFormatOptions } from "./format-options.js";
export { applyFormatOptions } from "./tree-changes.js";
