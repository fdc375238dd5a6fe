export { firstDifference } from "./bytes.js";
export { comparePackages, type KnownInputs } from "./compare.js";
export { DIFFERENCE_LIMIT, type Difference, formatDifference, type Level } from "./difference.js";
export { compareDigests, type DigestedPackage } from "./digests.js";
export { compareInputs, type Inputs, inputsOf } from "./inputs.js";
export { openCompared } from "./open.js";
export type { ComparedPackage } from "./package.js";
export { textLines } from "./text-object.js";
