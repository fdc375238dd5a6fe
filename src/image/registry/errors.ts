import { PvpkgError } from "../../ground/bytes/index.js";

const KINDS = {
	/** The repository, tag, manifest or blob does not exist (404, 410). */
	ERR_REGISTRY_NOT_FOUND: "access",
	/** The registry or its token server asks for credentials, or refuses the given ones (401, 403). */
	ERR_REGISTRY_UNAUTHORIZED: "access",
	/** Too many requests, and waiting did not help or would take too long (429). */
	ERR_REGISTRY_RATE_LIMIT: "transport",
	/** The connection failed, broke, or was silent for too long. */
	ERR_REGISTRY_NETWORK: "transport",
	/** The server's certificate is not trusted, or TLS failed otherwise. */
	ERR_REGISTRY_TLS: "transport",
	/** The proxy refuses, or its setting is malformed. */
	ERR_REGISTRY_PROXY: "transport",
	/** The server reports that it failed (5xx). */
	ERR_REGISTRY_SERVER: "transport",
	/** The answer is not valid: wrong status, malformed header, body that is not JSON. */
	ERR_REGISTRY_RESPONSE: "input",
	/** A manifest does not have the requested digest. */
	ERR_REGISTRY_DIGEST: "input",
	/** Following the server would leak credentials or reach into the local network. */
	ERR_REGISTRY_UNSAFE: "access",
	/** registries.conf blocks the registry, or this part of it. */
	ERR_REGISTRY_BLOCKED: "access",
	/** A credential file, CA file or option cannot be used. */
	ERR_REGISTRY_CONFIG: "input",
} as const;

/** The codes of `RegistryError`. */
export type RegistryErrorCode = keyof typeof KINDS;

/** Further properties of an error. */
export interface RegistryErrorOptions {
	readonly cause?: unknown;
	/** Whether the same request may succeed a little later. */
	readonly transient?: boolean;
	/** How long the server asks to wait. Milliseconds. */
	readonly retryAfter?: number | undefined;
}

/** What a registry, or the connection to it, refused or failed to do. */
export class RegistryError extends PvpkgError<RegistryErrorCode> {
	/** Whether the same request may succeed a little later. */
	readonly transient: boolean;
	/** How long the server asks to wait. Milliseconds. */
	readonly retryAfter: number | undefined;

	constructor(code: RegistryErrorCode, message: string, options: RegistryErrorOptions = {}) {
		super(KINDS[code], code, message, options);
		this.transient = options.transient ?? false;
		this.retryAfter = options.retryAfter;
	}
}
