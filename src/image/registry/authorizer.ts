import type { Credentials } from "./auth-file.js";
import { basicAuthorization } from "./basic.js";
import { type Challenge, parseChallenges } from "./challenge.js";
import type { CredentialStore, FoundCredentials } from "./credentials.js";
import type { Endpoint } from "./endpoint.js";
import { RegistryError } from "./errors.js";
import { shown } from "./message.js";
import type { Reach } from "./name-lookup.js";
import type { NetworkGuard } from "./network-guard.js";
import { mayBePlain, type Settings } from "./settings.js";
import { joinScopes, type TokenCache, type TokenRequest } from "./token.js";
import type { HttpResponse } from "./transport.js";

/** What authorizing needs, shared by all endpoints of an image. */
export interface AuthorizationContext {
	readonly settings: Settings;
	readonly guard: NetworkGuard;
	readonly credentials: CredentialStore;
	readonly tokens: TokenCache;
}

type Grant =
	| { readonly kind: "basic"; readonly header: string }
	| { readonly kind: "bearer"; readonly request: TokenRequest };

/** Answers the challenges of one registry for one repository, and remembers the successful answer. */
export class Authorizer {
	readonly #context: AuthorizationContext;
	readonly #endpoint: Endpoint;
	#grant: Grant | undefined;

	constructor(context: AuthorizationContext, endpoint: Endpoint) {
		this.#context = context;
		this.#endpoint = endpoint;
	}

	/** Returns the Authorization to send before a challenge; undefined before the first challenge. */
	async header(): Promise<string | undefined> {
		if (this.#grant === undefined) return undefined;
		return this.#headerOf(this.#grant);
	}

	/**
	 * Returns the Authorization that answers a 401.
	 * @param rejected what was sent and refused.
	 * @param again whether the answer to an earlier challenge was refused too: then only a challenge for more
	 *   rights is worth another token.
	 * @returns undefined when there is nothing new to send.
	 */
	async answer(
		response: HttpResponse,
		rejected: string | undefined,
		again: boolean,
	): Promise<string | undefined> {
		return this.#answerHeaders(response.header("www-authenticate"), rejected, again);
	}

	/**
	 * Returns the Authorization for a registry that hides its content from strangers, by the challenge of its
	 * `/v2/`, as its 403 or 404 may mean that credentials are needed. Undefined if there are no credentials, or no
	 * challenge.
	 */
	async offer(): Promise<string | undefined> {
		if (this.#grant !== undefined || (await this.#credentials()) === undefined) return undefined;
		const headers = await this.#endpoint.challenges();
		return headers.length === 0 ? undefined : this.#answerHeaders(headers, undefined, false);
	}

	async #answerHeaders(
		headers: readonly string[],
		rejected: string | undefined,
		again: boolean,
	): Promise<string | undefined> {
		const challenge = await this.#choose(parseChallenges(headers), headers);
		if (challenge.scheme === "basic") return this.#answerBasic(rejected);
		const request = await this.#tokenRequest(challenge, headers);
		if (again && !this.#asksForMore(challenge, request)) return undefined;
		return this.#answerBearer(request, challenge, rejected);
	}

	async #answerBasic(rejected: string | undefined): Promise<string | undefined> {
		const credentials = await this.#credentials();
		const secret = credentials?.kind === "password" ? credentials.password : credentials?.token;
		if (credentials === undefined || secret === undefined) throw await this.#noCredentials();
		const header = basicAuthorization(credentials.username, secret);
		this.#grant = { kind: "basic", header };
		return header === rejected ? undefined : header;
	}

	async #answerBearer(
		request: TokenRequest,
		challenge: Challenge,
		rejected: string | undefined,
	): Promise<string> {
		const refused = rejected?.replace(/^Bearer /, "");
		try {
			return await this.#grantToken(request, refused);
		} catch (error) {
			// Some proxies state no scope and need none (GitLab's Dependency Proxy, Artifactory).
			const worthIt =
				error instanceof RegistryError && !error.transient && !challenge.parameters.get("scope");
			if (!worthIt) throw await this.#explained(error);
			return this.#grantToken({ ...request, scopes: [] }, refused).catch(async () => {
				throw await this.#explained(error);
			});
		}
	}

	/** Gets a token. Other requests send meanwhile what worked last, so that changes only with the token. */
	async #grantToken(request: TokenRequest, refused: string | undefined): Promise<string> {
		const token = await this.#context.tokens.get(request, refused);
		this.#grant = { kind: "bearer", request };
		return `Bearer ${token}`;
	}

	async #headerOf(grant: Grant): Promise<string> {
		return grant.kind === "basic" ? grant.header : `Bearer ${await this.#context.tokens.get(grant.request)}`;
	}

	/** Returns the first usable scheme; Basic needs credentials. */
	async #choose(challenges: readonly Challenge[], headers: readonly string[]): Promise<Challenge> {
		const usable = challenges.filter(({ scheme }) => scheme === "bearer" || scheme === "basic");
		const hasCredentials = (await this.#credentials()) !== undefined;
		const chosen = usable.find(({ scheme }) => scheme === "bearer" || hasCredentials) ?? usable[0];
		if (chosen !== undefined) return chosen;
		const offered = challenges.map(({ scheme }) => scheme).join(", ") || "no challenge at all";
		const message = `${this.#endpoint.host}: authenticate: the registry offers ${shown(offered)}, pvpkg supports Bearer and Basic`;
		throw new RegistryError(
			headers.length === 0 ? "ERR_REGISTRY_RESPONSE" : "ERR_REGISTRY_UNAUTHORIZED",
			message,
		);
	}

	async #tokenRequest({ parameters }: Challenge, headers: readonly string[]): Promise<TokenRequest> {
		const realm = parameters.get("realm");
		const base = await this.#endpoint.base();
		if (!realm || !URL.canParse(realm, base.href)) {
			const header = `WWW-Authenticate: ${shown(headers.join(", "))}`;
			throw new RegistryError(
				"ERR_REGISTRY_RESPONSE",
				`${header}: parse challenge: expected a realm that is an address`,
			);
		}
		const url = new URL(realm, base);
		const reach = this.#checkRealm(url, base);
		const { repository } = this.#endpoint;
		// A login concerns no repository.
		const asked = parameters.get("scope") || (repository === "" ? "" : `repository:${repository}:pull`);
		const held =
			this.#grant?.kind === "bearer" && isInsufficient(parameters) ? this.#grant.request.scopes : [];
		return {
			realm: url,
			reach,
			service: parameters.get("service"),
			scopes: joinScopes([...held, asked]),
			credentials: await this.#credentials(),
		};
	}

	#checkRealm(realm: URL, base: URL): Reach | undefined {
		const { settings, guard } = this.#context;
		const plainHome = base.protocol === "http:" && base.hostname === realm.hostname;
		const safe =
			realm.protocol === "https:" ||
			(realm.protocol === "http:" && (plainHome || mayBePlain(settings, realm)));
		if (!safe || (base.protocol === "https:" && realm.protocol === "http:")) {
			const message = `${this.#endpoint.host}: get token: refused to send anything to ${shown(`${realm.protocol}//${realm.host}`)}, as it is not https`;
			throw new RegistryError("ERR_REGISTRY_UNSAFE", message);
		}
		return guard.checkRealm(realm, base);
	}

	#asksForMore(challenge: Challenge, request: TokenRequest): boolean {
		if (!isInsufficient(challenge.parameters) || this.#grant?.kind !== "bearer") return false;
		return request.scopes.join(" ") !== this.#grant.request.scopes.join(" ");
	}

	async #credentials(): Promise<Credentials | undefined> {
		return (await this.#lookUp()).credentials;
	}

	#lookUp(): Promise<FoundCredentials> {
		const { host, repository, isOrigin } = this.#endpoint;
		return this.#context.credentials.find(host, repository, isOrigin);
	}

	async #noCredentials(): Promise<unknown> {
		const { host } = this.#endpoint;
		const reason = "the registry wants a user and a password, and none were found";
		const message = `${host}: authenticate: ${reason} (pvpkg login ${host} keeps them)`;
		return this.#explained(new RegistryError("ERR_REGISTRY_UNAUTHORIZED", message));
	}

	/** Adds to a refusal that credentials could not be looked up, as this may be its cause. */
	async #explained(error: unknown): Promise<unknown> {
		const { credentials, problems } = await this.#lookUp();
		const isRefusal = error instanceof RegistryError && error.code === "ERR_REGISTRY_UNAUTHORIZED";
		if (!isRefusal || credentials !== undefined || problems.length === 0) return error;
		return new RegistryError(error.code, [error.message, ...problems].join("; "), { cause: error });
	}
}

function isInsufficient(parameters: ReadonlyMap<string, string>): boolean {
	return parameters.get("error") === "insufficient_scope";
}
