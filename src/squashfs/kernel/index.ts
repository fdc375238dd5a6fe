export { checkImage, type ImageCheckOptions, type ImageVerdict } from "./check-image.js";
export { type KernelTarget, parseKernelConfig, parseKernelVersion } from "./kernel-target.js";
export { KERNEL_RULES } from "./rules.js";
export { lintStart } from "./start.js";
