import type { LoginAnswer, RegistryOptions, StoredLogin } from "../image/registry/index.js";

/** What came of a login. */
export interface LoginResult extends StoredLogin {
	/** The host that was asked: `registry-1.docker.io` for `docker.io`. */
	readonly registry: string;
	readonly answer: LoginAnswer;
}

/** A user and a password, or a token in its place. */
export interface LoginCredentials {
	readonly username: string;
	readonly password: string;
}

/**
 * Shows credentials to a registry, and keeps them where it takes them.
 * @param registry as people write it: `HOST[:PORT]`.
 * @throws RegistryError, and nothing is kept then.
 */
export async function logIn(
	registry: string,
	credentials: LoginCredentials,
	options: RegistryOptions,
	signal?: AbortSignal,
): Promise<LoginResult> {
	const { checkLogin, parseRegistryHost, storeLogin } = await import("../image/registry/index.js");
	const host = parseRegistryHost(registry);
	const answer = await checkLogin(host, { ...options, credentials }, signal);
	return { registry: host, answer, ...(await storeLogin(host, credentials, options)) };
}

/** Forgets the credentials that `logIn` kept. @throws RegistryError */
export async function logOut(
	registry: string,
	options: RegistryOptions,
): Promise<StoredLogin & Pick<LoginResult, "registry">> {
	const { parseRegistryHost, removeLogin } = await import("../image/registry/index.js");
	const host = parseRegistryHost(registry);
	return { registry: host, ...(await removeLogin(host, options)) };
}
