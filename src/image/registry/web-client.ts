import { RegistryError } from "./errors.js";
import { shown, shownUrl } from "./message.js";
import type { Reach } from "./name-lookup.js";
import { NetworkGuard } from "./network-guard.js";
import { sendFollowing } from "./redirect.js";
import { readBody, responseError } from "./response.js";
import { withRetries } from "./retry.js";
import { type RegistryOptions, type Settings, settingsFrom } from "./settings.js";
import { type HttpRequest, type HttpResponse, Transport } from "./transport.js";

export interface WebRequest extends Omit<HttpRequest, "headers"> {
	readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A server's answer with its whole body. */
export interface WebAnswer {
	readonly status: number;
	readonly body: Buffer;
}

/**
 * Sends requests to one server of a user, with the same proxies, certificates and rules for addresses as
 * registries.
 *
 * In its answers, and in redirects of GET requests, the server may name addresses only within its own origin. One
 * that uses https may also name https addresses on public hosts for downloads, such as the storage behind it. The
 * user's own headers never leave the origin.
 */
export class WebClient {
	/** Address of the server, whose origin gets the user's headers. */
	readonly home: URL;
	readonly #headers: Readonly<Record<string, string>>;
	readonly #settings: Settings;
	readonly #transport: Transport;
	readonly #guard: NetworkGuard;

	/** @throws RegistryError ERR_REGISTRY_CONFIG for options that cannot be used. */
	constructor(home: URL, options: RegistryOptions = {}, headers: Readonly<Record<string, string>> = {}) {
		this.home = home;
		this.#headers = headers;
		this.#settings = settingsFrom(options);
		this.#transport = new Transport(this.#settings);
		this.#guard = new NetworkGuard(this.#transport);
	}

	/**
	 * Sends one request, once. The answer may have any status, and its body must be read or discarded.
	 * @throws RegistryError ERR_REGISTRY_UNSAFE for an address that the server may not name; network errors.
	 */
	async send({ headers, ...request }: WebRequest): Promise<HttpResponse> {
		const reach = this.#checkAddress(request.url, request.method);
		const own = request.url.origin === this.home.origin ? this.#headers : {};
		const whole = { ...request, reach, headers: { ...own, ...headers } };
		if (request.method === "GET") {
			return sendFollowing(
				this.#transport,
				{ checkRedirect: (target) => this.#checkAddress(target, "GET") },
				whole,
			);
		}
		const response = await this.#transport.send(whole);
		if (response.status < 300 || response.status > 399) return response;
		await response.discard();
		throw unsafe(request.url, `${request.method}: the server redirects a request that changes something`);
	}

	/** Sends a request once and reads the answer of at most `limit` bytes. @throws RegistryError */
	async ask(request: WebRequest, limit: number): Promise<WebAnswer> {
		const response = await this.send(request);
		const subject = shownUrl(request.url);
		return { status: response.status, body: await readBody(response, limit, subject) };
	}

	/**
	 * Returns the answer to a GET request, which is repeated after passing failures. Any status except 200 is an
	 * error.
	 * @throws RegistryError
	 */
	async get(request: Omit<WebRequest, "method">, action: string): Promise<HttpResponse> {
		return withRetries(this.#settings, request.signal, () => this.#get(request, action));
	}

	/** Does what `get` does, and reads the whole body of at most `limit` bytes. @throws RegistryError */
	async read(request: Omit<WebRequest, "method">, action: string, limit: number): Promise<Buffer> {
		return withRetries(this.#settings, request.signal, async () =>
			readBody(await this.#get(request, action), limit, shownUrl(request.url)),
		);
	}

	/** Waits, except in tests, which replace it. @throws the signal's reason. */
	async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
		await this.#settings.sleep(milliseconds, signal);
		signal?.throwIfAborted();
	}

	/** Returns milliseconds since 1970, by the clock of the settings. */
	now(): number {
		return this.#settings.now();
	}

	async close(): Promise<void> {
		await this.#transport.close();
	}

	async #get(request: Omit<WebRequest, "method">, action: string): Promise<HttpResponse> {
		const response = await this.send({ ...request, method: "GET" });
		if (response.status === 200) return response;
		throw await responseError(response, { action, subject: shownUrl(request.url) }, this.#settings);
	}

	#checkAddress(url: URL, method: string): Reach | undefined {
		if (url.origin === this.home.origin) return undefined;
		const isStorage = this.home.protocol === "https:" && url.protocol === "https:" && method === "GET";
		if (!isStorage)
			throw unsafe(url, `${method}: the server names an address outside of ${shown(this.home.origin)}`);
		return this.#guard.checkForeign(url);
	}
}

function unsafe(url: URL, reason: string): RegistryError {
	return new RegistryError("ERR_REGISTRY_UNSAFE", `${shownUrl(url)}: ${reason}`);
}
