export { downloadUrl } from "./download.js";
export { RegistryError, type RegistryErrorCode } from "./errors.js";
export { openRegistry, RegistrySource } from "./registry.js";
export type { RegistryOptions } from "./settings.js";
