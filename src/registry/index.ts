export { RegistryError, type RegistryErrorCode } from "./errors.js";
export { openRegistry, RegistrySource } from "./registry.js";
export type { RegistryOptions } from "./settings.js";
