import * as z from "zod/mini";
import { withoutTrailing } from "../../ground/bytes/index.js";
import { canonicalRegistry, DOCKER_HUB } from "../oci/index.js";
import { RegistryError } from "./errors.js";

/** What a registry accepts as proof of who we are. */
export type Credentials =
	| { readonly kind: "password"; readonly username: string; readonly password: string }
	/** A refresh token, to be exchanged at the token server (`docker login` to ACR and others). */
	| { readonly kind: "identity-token"; readonly username: string; readonly token: string };

/** The user that stands for "the secret is an identity token". */
const TOKEN_USER = "<token>";
/** What docker itself calls Docker Hub in its files and towards helpers. */
const HUB_KEY = "https://index.docker.io/v1/";

interface AuthEntry {
	readonly auth?: string | null | undefined;
	readonly username?: string | null | undefined;
	readonly password?: string | null | undefined;
	readonly identitytoken?: string | null | undefined;
}

/** A docker `config.json` or a containers `auth.json`: what concerns credentials. */
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

/** A helper program and the name under which it knows the registry. */
export interface HelperCall {
	/** `NAME` of `docker-credential-NAME`. */
	readonly helper: string;
	readonly server: string;
}

/**
 * @param subject the file or variable. Nothing of its text goes into an error: it is secret.
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

/** Returns the name under which `login` keeps the credentials of a registry: docker's for Docker Hub, else its host. */
export function loginKey(host: string): string {
	return canonicalHost(host) === DOCKER_HUB ? HUB_KEY : host;
}

/** Whether a key of `auths` means a registry as a whole, in whatever spelling. */
export function isKeyOf(key: string, host: string): boolean {
	return normalKey(key) === canonicalHost(host);
}

/** Returns the helper that a file leaves the credentials of a registry to; undefined where they stand in the file. */
export function loginHelper({ credHelpers, credsStore }: AuthFile, host: string): HelperCall | undefined {
	const own = findByKey(credHelpers ?? {}, host, "");
	if (own !== undefined) return { helper: own.value, server: own.key };
	return credsStore ? { helper: credsStore, server: loginKey(host) } : undefined;
}

/** The helpers to ask for a repository, in order: credHelpers before credsStore. */
export function helperCalls(file: AuthFile, host: string, repository: string): HelperCall[] {
	const own = findByKey(file.credHelpers ?? {}, host, repository);
	const calls = own === undefined ? [] : [{ helper: own.value, server: own.key }];
	if (!file.credsStore) return calls;
	return [...calls, { helper: file.credsStore, server: loginKey(host) }];
}

/** The credentials that stand in the file itself. */
export function storedCredentials(file: AuthFile, host: string, repository: string): Credentials | undefined {
	const entry = findByKey(file.auths ?? {}, host, repository)?.value;
	return entry ? entryCredentials(entry) : undefined;
}

/** A helper's or an entry's user and secret → credentials. */
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
 * The entry for `host/repository`, else for the longest prefix of it down to the bare host:
 * the rule of containers-auth.json(5), of which docker's bare hosts are the simple case.
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

/** `https://index.docker.io/v1/` → `registry-1.docker.io`; `reg.example/team/` → `reg.example/team`. */
function normalKey(key: string): string {
	const [, scheme, host, path] = /^(https?:\/\/)?([^/]*)(.*)$/i.exec(key)!;
	const isAddress = scheme !== undefined || /^\/v[12]\/?$/.test(path!);
	return canonicalHost(host!) + (isAddress ? "" : withoutTrailing(path!, "/"));
}

function canonicalHost(host: string): string {
	return canonicalRegistry(host.replace(/:443$/, ""));
}
