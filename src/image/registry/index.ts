export { openRegistry, RegistryConnections } from "./connections.js";
export { downloadUrl } from "./download.js";
export { RegistryError, type RegistryErrorCode } from "./errors.js";
export type { Upload } from "./exchange.js";
export type { LookupAll } from "./name-lookup.js";
export type { RegistrySource } from "./registry.js";
export type { RegistryOptions } from "./settings.js";
export type { HttpResponse } from "./transport.js";
export { type WebAnswer, WebClient, type WebRequest } from "./web-client.js";
