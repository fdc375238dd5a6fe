import * as z from "zod/mini";
import type { Credentials } from "./auth-file.js";
import { basicAuthorization } from "./basic.js";
import { RegistryError } from "./errors.js";
import { shownUrl } from "./message.js";
import type { Reach } from "./name-lookup.js";
import type { NetworkGuard } from "./network-guard.js";
import { sendFollowing } from "./redirect.js";
import { readBody, responseError } from "./response.js";
import type { Settings } from "./settings.js";
import type { HttpResponse, Transport } from "./transport.js";

/** The request for a token: the server, the service and the rights. */
export interface TokenRequest {
	readonly realm: URL;
	/** Addresses that the realm may have. */
	readonly reach?: Reach | undefined;
	readonly service: string | undefined;
	/** Scopes such as `repository:a/b:pull`; without any, the parameter is left out. */
	readonly scopes: readonly string[];
	readonly credentials: Credentials | undefined;
}

/** Lifetime of a token without `expires_in`, by the distribution token specification. Seconds. */
const DEFAULT_LIFETIME = 60;
/** Share of its lifetime in which a token is used, as the request has to arrive in time. */
const USED_SHARE = 0.9;
const MAX_ANSWER = 1024 * 1024;
const CLIENT_ID = "pvpkg";

const answerSchema = z.looseObject({
	token: z.nullish(z.string()),
	access_token: z.nullish(z.string()),
	/** Lifetime in seconds; Azure's servers write a string. */
	expires_in: z.catch(z.nullish(z.coerce.number()), null),
});

interface CachedToken {
	readonly token: Promise<string>;
	/** Time by our own clock, as servers' clocks differ; `issued_at` is ignored. */
	expiresAt: number;
}

/**
 * Bearer tokens by their requests, so that all users of the same token share one request. The credentials are part
 * of it, as a mirror may name its registry's token server.
 */
export class TokenCache {
	readonly #transport: Transport;
	readonly #guard: NetworkGuard;
	readonly #settings: Settings;
	readonly #tokens: Map<string, CachedToken> = new Map();

	constructor(transport: Transport, guard: NetworkGuard, settings: Settings) {
		this.#transport = transport;
		this.#guard = guard;
		this.#settings = settings;
	}

	/**
	 * Returns a token that is still valid and is not `rejected`, the one that a server just refused.
	 * @throws RegistryError ERR_REGISTRY_UNAUTHORIZED when the token server refuses.
	 */
	async get(request: TokenRequest, rejected?: string): Promise<string> {
		const { realm, service, scopes, credentials } = request;
		const key = JSON.stringify([realm.href, service, scopes, credentials]);
		const known = this.#tokens.get(key);
		if (known !== undefined && known.expiresAt > this.#settings.now()) {
			const token = await known.token;
			if (token !== rejected) return token;
			// Another request may have renewed it while this one waited.
			if (this.#tokens.get(key) !== known) return this.get(request, rejected);
		}
		const fresh: CachedToken = { token: this.#fetch(request, key), expiresAt: Number.POSITIVE_INFINITY };
		this.#tokens.set(key, fresh);
		return fresh.token;
	}

	async #fetch(request: TokenRequest, key: string): Promise<string> {
		try {
			const { token, lifetime } = await this.#ask(request);
			const cached = this.#tokens.get(key);
			if (cached !== undefined) cached.expiresAt = this.#settings.now() + lifetime * USED_SHARE * 1000;
			return token;
		} catch (error) {
			this.#tokens.delete(key);
			throw error;
		}
	}

	/** Makes one attempt; the caller repeats and counts. */
	async #ask(request: TokenRequest): Promise<{ token: string; lifetime: number }> {
		const response = await this.#send(request);
		if (response.status === 200) return this.#parse(response, request.realm);
		throw await this.#refusal(response, request);
	}

	/** Sends a request. An identity token is posted; servers without POST get it as a password. */
	async #send(request: TokenRequest): Promise<HttpResponse> {
		const { credentials } = request;
		if (credentials?.kind !== "identity-token") {
			return this.#get(request, credentials && [credentials.username, credentials.password]);
		}
		const response = await this.#post(request, credentials.token);
		if (response.status !== 404 && response.status !== 405) return response;
		await response.discard();
		return this.#get(request, [credentials.username, credentials.token]);
	}

	async #get(
		{ realm, reach, service, scopes }: TokenRequest,
		user?: [string, string],
	): Promise<HttpResponse> {
		const url = new URL(realm);
		if (service !== undefined) url.searchParams.append("service", service);
		for (const scope of scopes) url.searchParams.append("scope", scope);
		const headers = user === undefined ? {} : { authorization: basicAuthorization(...user) };
		return sendFollowing(this.#transport, this.#guard, { method: "GET", url, headers, reach });
	}

	async #post({ realm, reach, service, scopes }: TokenRequest, refreshToken: string): Promise<HttpResponse> {
		const form = new URLSearchParams({ grant_type: "refresh_token", refresh_token: refreshToken });
		form.set("client_id", CLIENT_ID);
		if (service !== undefined) form.set("service", service);
		if (scopes.length > 0) form.set("scope", scopes.join(" "));
		const headers = { "content-type": "application/x-www-form-urlencoded" };
		// Redirects are not followed, as they would carry the secret elsewhere.
		return this.#transport.send({ method: "POST", url: realm, headers, reach, body: form.toString() });
	}

	async #parse(response: HttpResponse, realm: URL): Promise<{ token: string; lifetime: number }> {
		const body = await readBody(response, MAX_ANSWER, shownUrl(realm));
		const answer = answerSchema.safeParse(parseJsonOrNothing(body));
		const token = answer.data?.token || answer.data?.access_token;
		// Anything else would be a malformed header, or two headers.
		if (!token || !/^[\x21-\x7e]+$/.test(token)) {
			const message = `${shownUrl(realm)}: get token: expected a token in the answer, got none`;
			throw new RegistryError("ERR_REGISTRY_RESPONSE", message);
		}
		const lifetime = answer.data?.expires_in ?? 0;
		return { token, lifetime: lifetime > 0 ? lifetime : DEFAULT_LIFETIME };
	}

	async #refusal(response: HttpResponse, { credentials }: TokenRequest): Promise<RegistryError> {
		const refused = response.status === 401 || response.status === 403;
		const who = credentials === undefined ? "anonymous access" : "credentials";
		const action = refused ? `get token: ${who} refused` : "get token";
		return responseError(response, { action, subject: response.url.host }, this.#settings);
	}
}

/** Joins the scopes of challenges: each resource once, with all of its actions. */
export function joinScopes(scopes: readonly string[]): string[] {
	const actions = new Map<string, Set<string>>();
	for (const scope of scopes.flatMap((text) => text.split(/\s+/)).filter((text) => text !== "")) {
		const colon = scope.lastIndexOf(":");
		const resource = colon < 0 ? scope : scope.slice(0, colon);
		const known = actions.get(resource) ?? new Set();
		if (colon >= 0) for (const action of scope.slice(colon + 1).split(",")) known.add(action);
		actions.set(resource, known);
	}
	return [...actions].map(([resource, all]) =>
		all.size === 0 ? resource : `${resource}:${[...all].join(",")}`,
	);
}

function parseJsonOrNothing(body: Buffer): unknown {
	try {
		return JSON.parse(body.toString("utf8"));
	} catch {
		return undefined;
	}
}
