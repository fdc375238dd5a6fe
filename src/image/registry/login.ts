import { canonicalRegistry } from "../oci/index.js";
import { RegistryConnections } from "./connections.js";
import { Endpoint } from "./endpoint.js";
import { RegistryError } from "./errors.js";
import { CHECK_USER, responseError } from "./response.js";
import { withRetries } from "./retry.js";
import { Session } from "./session.js";
import type { RegistryOptions } from "./settings.js";

/** The result of a login. */
export type LoginAnswer =
	/** The registry accepted the credentials. */
	| "accepted"
	/** The registry asks for no credentials at this address, and so did not check them. */
	| "not asked";

/**
 * Parses the name of a registry for `login`: `host[:port]`, also with a scheme, which people copy along.
 * @returns the host that is addressed: `registry-1.docker.io` for `docker.io`.
 * @throws RegistryError ERR_REGISTRY_CONFIG
 */
export function parseRegistryHost(text: string): string {
	const host = text.replace(/^https?:\/\//i, "").replace(/\/(v[12]\/?)?$/, "");
	if (/^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i.test(host)) return canonicalRegistry(host.toLowerCase());
	throw new RegistryError("ERR_REGISTRY_CONFIG", `${text}: log in: expected a registry, HOST[:PORT]`);
}

/**
 * Checks credentials with a registry by one request to `/v2/`, with a token if the registry asks for one.
 * @param options whose `credentials` are tried, and no others.
 * @throws RegistryError ERR_REGISTRY_UNAUTHORIZED for credentials that it refuses.
 */
export async function checkLogin(
	host: string,
	options: RegistryOptions & Required<Pick<RegistryOptions, "credentials">>,
	signal?: AbortSignal,
): Promise<LoginAnswer> {
	const connections = new RegistryConnections(options);
	const { settings, transport, authorization } = connections;
	try {
		const endpoint = new Endpoint({ host, repository: "", isOrigin: true }, transport, settings);
		const session = new Session(endpoint, transport, authorization);
		const url = new URL("/v2/", await endpoint.base());
		return await withRetries(settings, signal, async () => {
			const response = await session.send({ method: "GET", url, headers: {}, signal });
			if (response.status !== 200) {
				const failed = { action: "log in", subject: host, advice: CHECK_USER };
				throw await responseError(response, failed, settings);
			}
			await response.discard();
			return (await endpoint.challenges()).length > 0 ? "accepted" : "not asked";
		});
	} finally {
		await connections.close();
	}
}
