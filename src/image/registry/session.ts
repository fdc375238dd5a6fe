import { type AuthorizationContext, Authorizer } from "./authorizer.js";
import type { Endpoint } from "./endpoint.js";
import { RegistryError } from "./errors.js";
import { shown, shownUrl } from "./message.js";
import { sendFollowing } from "./redirect.js";
import type { HttpRequest, HttpResponse, Transport } from "./transport.js";

/** Most challenges that are answered: one, and one that asks for further rights. */
const MAX_CHALLENGES = 2;

/** Requests to one endpoint, with the authorization that it asks for. */
export class Session {
	readonly endpoint: Endpoint;
	readonly #transport: Transport;
	readonly #context: AuthorizationContext;
	readonly #authorizer: Authorizer;

	constructor(endpoint: Endpoint, transport: Transport, context: AuthorizationContext) {
		this.endpoint = endpoint;
		this.#transport = transport;
		this.#context = context;
		this.#authorizer = new Authorizer(context, endpoint);
	}

	/**
	 * Sends a request and returns the answer, whatever its status; a 401 only if authorization was sent and
	 * refused.
	 */
	async send(request: HttpRequest): Promise<HttpResponse> {
		let authorization = await this.#authorizer.header();
		let response = await this.#exchange(request, authorization);
		for (let challenges = 0; response.status === 401 && challenges < MAX_CHALLENGES; challenges++) {
			if (response.url.origin !== request.url.origin) throw await foreignChallenge(response);
			// Some servers refuse without saying how to authenticate.
			if (authorization !== undefined && response.header("www-authenticate").length === 0) break;
			const answer = await this.#authorizer
				.answer(response, authorization, challenges > 0)
				.catch(async (error) => {
					await response.discard();
					throw error;
				});
			// The body stays unread for the error that this becomes.
			if (answer === undefined) break;
			await response.discard();
			authorization = answer;
			response = await this.#exchange(request, authorization);
		}
		if (authorization === undefined) response = await this.#askAsUser(request, response);
		this.#readNotes(response);
		return response;
	}

	/** Asks once more with credentials, as some registries answer strangers as if nothing existed (Artifactory). */
	async #askAsUser(request: HttpRequest, response: HttpResponse): Promise<HttpResponse> {
		const isHidden = response.status === 403 || response.status === 404;
		if (!isHidden || response.url.origin !== request.url.origin) return response;
		const offered = await this.#authorizer.offer().catch((error: unknown) => {
			if (!(error instanceof RegistryError)) throw error;
			this.#context.settings.onDebug(error.message);
			return undefined;
		});
		if (offered === undefined) return response;
		await response.discard();
		return this.#exchange(request, offered);
	}

	async #exchange(request: HttpRequest, authorization: string | undefined): Promise<HttpResponse> {
		const headers = authorization === undefined ? request.headers : { ...request.headers, authorization };
		return sendFollowing(this.#transport, this.#context.guard, { ...request, headers });
	}

	#readNotes(response: HttpResponse): void {
		const { settings } = this.#context;
		for (const header of response.header("warning")) {
			const text = /^\s*299\s+\S+\s+"((?:[^"\\]|\\.)*)"/.exec(header)?.[1];
			if (text !== undefined)
				settings.onWarning(`${this.endpoint.host}: ${shown(text.replace(/\\(.)/g, "$1"))}`);
		}
		const [remaining] = response.header("ratelimit-remaining");
		if (remaining !== undefined)
			settings.onDebug(`${this.endpoint.host}: ratelimit-remaining ${shown(remaining)}`);
	}
}

async function foreignChallenge(response: HttpResponse): Promise<RegistryError> {
	await response.discard();
	const reason = "the redirect leads to a server that wants its own credentials, and none are sent there";
	return new RegistryError(
		"ERR_REGISTRY_UNAUTHORIZED",
		`${shownUrl(response.url)}: follow redirect: ${reason}`,
	);
}
