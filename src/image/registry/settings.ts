import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { LookupAll } from "./name-lookup.js";
import { isLoopbackHost } from "./network-address.js";

/** User settings for registries. The environment is read only through `env`. */
export interface RegistryOptions {
	/**
	 * Credentials for the registry of the reference, which take precedence over every file. Mirrors never receive
	 * them.
	 */
	readonly credentials?: { readonly username: string; readonly password: string } | undefined;
	/** A docker `config.json` or containers `auth.json`, read instead of the usual ones. */
	readonly registryConfig?: string | undefined;
	/** Variables: credentials, proxies, NODE_EXTRA_CA_CERTS, and PATH for credential helpers. */
	readonly env?: Readonly<Record<string, string | undefined>> | undefined;
	/** Home directory, for `.docker/config.json`. */
	readonly home?: string | undefined;
	/** Id of the user, for `/run/containers/UID/auth.json` if there is no XDG_RUNTIME_DIR. */
	readonly userId?: number | undefined;
	/** Hosts (`host[:port]`) that may speak plain HTTP or show any certificate; true: all. */
	readonly insecure?: boolean | readonly string[] | undefined;
	/** PEM file of further CAs to trust. */
	readonly caFile?: string | undefined;
	/** PEM files of the certificate, and of its key, for registries that ask for one. */
	readonly clientCertificate?: { readonly cert: string; readonly key: string } | undefined;
	/** Files of which one may hold the system's CAs, which are used if Node's do not suffice. */
	readonly systemCaFiles?: readonly string[] | undefined;
	/** Directories with a `<host[:port]>/` each, holding `*.crt`, `*.cert` and `*.key`. */
	readonly certsDirectories?: readonly string[] | undefined;
	/** Where `registries.conf` and `registries.conf.d` of the machine are. Default `/etc/containers`. */
	readonly containersDirectory?: string | undefined;
	/** `docker.io=host[/prefix]`: asked in order before the registry itself. */
	readonly mirrors?: readonly string[] | undefined;
	/** How often a request is repeated after a passing failure. Default 4. */
	readonly retries?: number | undefined;
	/** How long a connection may be silent. Milliseconds, default 60,000. */
	readonly timeout?: number | undefined;
	/** How many blobs are downloaded from one host at a time. Default 4. */
	readonly concurrency?: number | undefined;
	/** Whether layers that the registry lacks may be fetched from their `urls`. */
	readonly foreignLayerUrls?: boolean | undefined;
	readonly onWarning?: ((message: string) => void) | undefined;
	readonly onDebug?: ((message: string) => void) | undefined;
	/** Resolves host names; replaced in tests. */
	readonly lookup?: LookupAll | undefined;
	/** Waits; replaced in tests. */
	readonly sleep?: ((milliseconds: number, signal?: AbortSignal) => Promise<void>) | undefined;
	/** Returns milliseconds since 1970; replaced in tests. */
	readonly now?: (() => number) | undefined;
}

/** The options with their defaults. */
export interface Settings {
	readonly credentials: { readonly username: string; readonly password: string } | undefined;
	readonly registryConfig: string | undefined;
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly home: string | undefined;
	readonly userId: number | undefined;
	readonly insecure: boolean | readonly string[];
	readonly caFile: string | undefined;
	readonly clientCertificate: { readonly cert: string; readonly key: string } | undefined;
	readonly systemCaFiles: readonly string[];
	readonly certsDirectories: readonly string[];
	readonly containersDirectory: string;
	readonly mirrors: readonly string[];
	readonly retries: number;
	readonly timeout: number;
	readonly concurrency: number;
	readonly foreignLayerUrls: boolean;
	readonly lookup: LookupAll | undefined;
	readonly onWarning: (message: string) => void;
	readonly onDebug: (message: string) => void;
	readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
	readonly now: () => number;
}

const CERTS_DIRECTORIES = ["/etc/docker/certs.d", "/etc/containers/certs.d"];
/** Places of the system's CAs on Debian, Fedora, SUSE and Alpine. */
const SYSTEM_CA_FILES = [
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"/etc/ssl/ca-bundle.pem",
	"/etc/ssl/cert.pem",
];

export function settingsFrom(options: RegistryOptions): Settings {
	return {
		credentials: options.credentials,
		registryConfig: options.registryConfig,
		env: options.env ?? {},
		home: options.home,
		userId: options.userId,
		insecure: options.insecure ?? false,
		caFile: options.caFile,
		clientCertificate: options.clientCertificate,
		systemCaFiles: options.systemCaFiles ?? SYSTEM_CA_FILES,
		certsDirectories: options.certsDirectories ?? [...userCertsDirectories(options), ...CERTS_DIRECTORIES],
		containersDirectory: options.containersDirectory ?? "/etc/containers",
		mirrors: options.mirrors ?? [],
		retries: options.retries ?? 4,
		timeout: options.timeout ?? 60_000,
		concurrency: options.concurrency ?? 4,
		foreignLayerUrls: options.foreignLayerUrls ?? false,
		lookup: options.lookup,
		onWarning: once(options.onWarning ?? ignore),
		onDebug: options.onDebug ?? ignore,
		sleep: options.sleep ?? sleep,
		now: options.now ?? Date.now,
	};
}

/** Returns the directories that need no root: podman's (containers-certs.d(5)), and that of rootless docker. */
function userCertsDirectories({ home, env = {} }: RegistryOptions): string[] {
	const config = env.XDG_CONFIG_HOME || (home && join(home, ".config"));
	return config ? [join(config, "containers", "certs.d"), join(config, "docker", "certs.d")] : [];
}

/** Returns whether `host[:port]` was named as insecure. */
export function isInsecure({ insecure }: Settings, url: URL): boolean {
	if (typeof insecure === "boolean") return insecure;
	const names = [url.hostname, ...hostsOf(url)];
	return insecure.some((host) => names.includes(host.toLowerCase()));
}

/** Returns `host[:port]` in the ways in which a user may write it, with or without the default port of HTTPS. */
export function hostsOf(url: URL): string[] {
	return url.protocol === "https:" && url.port === "" ? [url.host, `${url.host}:443`] : [url.host];
}

/** Returns whether plain HTTP may be used with a host (docs/formats/images.md#plain-http). */
export function mayBePlain(settings: Settings, url: URL): boolean {
	return isLoopbackHost(url.hostname) || isInsecure(settings, url);
}

async function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
	await wait(milliseconds, undefined, signal && { signal });
}

/** Reports each message once: registries repeat their warnings with every answer. */
function once(report: (message: string) => void): (message: string) => void {
	const reported = new Set<string>();
	return (message) => {
		if (reported.has(message)) return;
		reported.add(message);
		report(message);
	};
}

function ignore(): void {}
