import * as z from "zod/mini";
import { withoutTrailing } from "../../ground/bytes/index.js";
import { canonicalRegistry, DOCKER_HUB } from "../oci/index.js";
import { RegistryError } from "./errors.js";

/** How we authenticate to a registry. */
export type Credentials =
	| { readonly kind: "password"; readonly username: string; readonly password: string }
	/** A refresh token, which the token server exchanges (`docker login` to ACR and others). */
	| { readonly kind: "identity-token"; readonly username: string; readonly token: string };

/** The user name that marks the secret as an identity token. */
const TOKEN_USER = "<token>";
/** Docker's own name of Docker Hub in its files and for helpers. */
const HUB_KEY = "https://index.docker.io/v1/";

interface AuthEntry {
	readonly auth?: string | null | undefined;
	readonly username?: string | null | undefined;
	readonly password?: string | null | undefined;
	readonly identitytoken?: string | null | undefined;
}

/** The part of a docker `config.json` or a containers `auth.json` that concerns credentials. */
export interface AuthFile {
	readonly auths?: Readonly<Record<string, AuthEntry | null>> | null | undefined;
	readonly credHelpers?: Readonly<Record<string, string>> | null | undefined;
	readonly credsStore?: string | null | undefined;
}

const text = z.nullish(z.string());
const entrySchema = z.object({ auth: text, username: text, password: text, identitytoken: text });
const authFileSchema: z.ZodMiniType<AuthFile> = z.object({
	auths: z.nullish(z.record(z.string(), z.nullable(entrySchema))),
	credHelpers: z.nullish(z.record(z.string(), z.string())),
	credsStore: text,
});

/** A helper program, and its name of the registry. */
export interface HelperCall {
	/** `NAME` of `docker-credential-NAME`. */
	readonly helper: string;
	readonly server: string;
}

/**
 * Parses a file of credentials.
 * @param subject the file or variable. Errors contain none of its text, which is secret.
 * @throws RegistryError ERR_REGISTRY_CONFIG
 */
export function parseAuthFile(text: string, subject: string): AuthFile {
	try {
		return authFileSchema.parse(JSON.parse(text));
	} catch (error) {
		const place = error instanceof z.core.$ZodError ? error.issues[0]!.path.join(".") : "";
		const reason = place === "" ? "expected a JSON object like docker's config.json" : `${place}: wrong type`;
		throw new RegistryError("ERR_REGISTRY_CONFIG", `${subject}: parse credentials: ${reason}`);
	}
}

/**
 * Returns the name under which `login` stores the credentials of a registry: docker's for Docker Hub, else its
 * host.
 */
export function loginKey(host: string): string {
	return canonicalHost(host) === DOCKER_HUB ? HUB_KEY : host;
}

/** Returns whether a key of `auths` is a registry as a whole, in any spelling. */
export function isKeyOf(key: string, host: string): boolean {
	return normalKey(key) === canonicalHost(host);
}

/** Returns the helper that stores the credentials of a registry; undefined if the file itself does. */
export function loginHelper({ credHelpers, credsStore }: AuthFile, host: string): HelperCall | undefined {
	const own = findByKey(credHelpers ?? {}, host, "");
	if (own !== undefined) return { helper: own.value, server: own.key };
	return credsStore ? { helper: credsStore, server: loginKey(host) } : undefined;
}

/** Returns the helpers to ask for a repository, in order: credHelpers before credsStore. */
export function helperCalls(file: AuthFile, host: string, repository: string): HelperCall[] {
	const own = findByKey(file.credHelpers ?? {}, host, repository);
	const calls = own === undefined ? [] : [{ helper: own.value, server: own.key }];
	if (!file.credsStore) return calls;
	return [...calls, { helper: file.credsStore, server: loginKey(host) }];
}

/** Returns the credentials in the file itself. */
export function storedCredentials(file: AuthFile, host: string, repository: string): Credentials | undefined {
	const entry = findByKey(file.auths ?? {}, host, repository)?.value;
	return entry ? entryCredentials(entry) : undefined;
}

/** Returns credentials from the user and the secret of a helper or an entry. */
export function credentialsOf(username: string, secret: string): Credentials {
	if (username === TOKEN_USER) return { kind: "identity-token", username, token: secret };
	return { kind: "password", username, password: secret };
}

function entryCredentials(entry: AuthEntry): Credentials | undefined {
	const decoded = Buffer.from(entry.auth ?? "", "base64")
		.toString("utf8")
		.replace(/\0+$/, "");
	const colon = decoded.indexOf(":");
	const username = entry.username || decoded.slice(0, Math.max(colon, 0));
	const password = entry.password || decoded.slice(colon + 1);
	if (entry.identitytoken) {
		return { kind: "identity-token", username: username || TOKEN_USER, token: entry.identitytoken };
	}
	return username === "" ? undefined : credentialsOf(username, password);
}

/**
 * Returns the entry for `host/repository`, else for its longest prefix down to the host alone: the rule of
 * containers-auth.json(5), which also covers docker's plain hosts.
 */
function findByKey<T>(
	entries: Readonly<Record<string, T>>,
	host: string,
	repository: string,
): { key: string; value: T } | undefined {
	const byKey = new Map<string, { key: string; value: T }>();
	for (const [key, value] of Object.entries(entries)) {
		const normal = normalKey(key);
		if (!byKey.has(normal)) byKey.set(normal, { key, value });
	}
	const parts = repository.split("/");
	for (let length = parts.length; length >= 0; length--) {
		const found = byKey.get([canonicalHost(host), ...parts.slice(0, length)].join("/"));
		if (found !== undefined) return found;
	}
	return undefined;
}

/**
 * Normalizes a key: `https://index.docker.io/v1/` → `registry-1.docker.io`; `reg.example/team/` →
 * `reg.example/team`.
 */
function normalKey(key: string): string {
	const [, scheme, host, path] = /^(https?:\/\/)?([^/]*)(.*)$/i.exec(key)!;
	const isAddress = scheme !== undefined || /^\/v[12]\/?$/.test(path!);
	return canonicalHost(host!) + (isAddress ? "" : withoutTrailing(path!, "/"));
}

function canonicalHost(host: string): string {
	return canonicalRegistry(host.replace(/:443$/, ""));
}
