import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { LookupFunction } from "node:net";
import { errorCode, PvpkgError } from "../../ground/bytes/index.js";
import { authorizationSecrets } from "./basic.js";
import { type Answer, exchange, type Upload } from "./exchange.js";
import { NameLookup, type Reach } from "./name-lookup.js";
import { type AddressClass, bareAddress, classifyAddress } from "./network-address.js";
import { closedError, MAX_HEADERS, networkError, proxyError } from "./network-error.js";
import { type ProxyServer, proxyFor } from "./proxy.js";
import { receiveBuffer } from "./receive-buffer.js";
import { mayBePlain, type Settings } from "./settings.js";
import { type KnownCas, serverName, systemCas, tlsOptionsFor } from "./tls.js";
import { TunnelAgent, TunnelError } from "./tunnel.js";

export interface HttpRequest {
	readonly method: "GET" | "HEAD" | "POST" | "PUT";
	readonly url: URL;
	readonly headers: Readonly<Record<string, string>>;
	readonly body?: string | Upload | undefined;
	/** How long the connection may be silent, if not as the settings state. Milliseconds. */
	readonly timeout?: number | undefined;
	/** Addresses that it may reach. Default: all. */
	readonly reach?: Reach | undefined;
	readonly signal?: AbortSignal | undefined;
}

export interface HttpResponse {
	readonly url: URL;
	readonly status: number;
	/** Secrets of the request, which are never shown, even if a server repeats them. */
	readonly secrets: readonly string[];
	/** Returns all values of a header; none if it is absent. */
	header(name: string): readonly string[];
	/** Yields the body; stopping early destroys the connection. Errors are RegistryErrors. */
	chunks(): AsyncIterable<Uint8Array>;
	/** Reads a short rest, so that the connection can be used again, or closes it for a long one. */
	discard(): Promise<void>;
}

/** Most bytes of an unwanted body that are read, to keep the connection. */
const MAX_DISCARDED = 64 * 1024;
const MAX_CONNECT_TIMEOUT = 30_000;

/**
 * How long one address of a name may take to connect before the next is tried, if there are several. Node's default
 * of 250 ms is less than a round trip by satellite. Milliseconds.
 */
const MAX_ATTEMPT_TIMEOUT = 3_000;

interface Route {
	/** Agent that keeps connections. */
	readonly agent: HttpAgent | HttpsAgent;
	/** A proxy that receives the whole address in place of opening a tunnel. */
	readonly absolute?: ProxyServer | undefined;
}

/** Single HTTP exchanges: connections kept per origin, proxies, TLS. It follows no redirects and repeats nothing. */
export class Transport {
	readonly #settings: Settings;
	readonly #routes: Map<string, Route> = new Map();
	readonly #formerRoutes: Route[] = [];
	readonly #names: NameLookup;
	/** Networks of hosts at their last answer. */
	readonly #places = new Map<string, AddressClass>();
	#closed = false;
	/** Hosts that may speak plain HTTP, but showed a certificate that needs Node's CAs. */
	readonly #certified = new Set<string>();
	/** Whether Node's own CAs did not suffice for a server. */
	#trustsSystem = false;

	constructor(settings: Settings) {
		this.#settings = settings;
		this.#names = new NameLookup(settings.lookup);
	}

	/** Sends a request. @throws RegistryError when no answer comes; the signal's reason when it was aborted. */
	async send(request: HttpRequest): Promise<HttpResponse> {
		const { url, reach, signal } = request;
		signal?.throwIfAborted();
		if (this.#closed) throw closedError(url);
		const known = this.#knownCas(request);
		const { agent, absolute } = this.#route(url, reach, known);
		const headers: Record<string, string> = {
			"user-agent": "pvpkg",
			"accept-encoding": "identity",
			...request.headers,
		};
		if (absolute !== undefined) {
			headers.host = url.host;
			if (absolute.authorization !== undefined) headers["proxy-authorization"] = absolute.authorization;
		}
		const { timeout = this.#settings.timeout } = request;
		const { protocol, hostname, port } = absolute?.url ?? url;
		const path = `${url.pathname}${url.search}`;
		try {
			const answer = await exchange({
				agent,
				protocol,
				hostname: bareAddress(hostname),
				port: port || (protocol === "https:" ? 443 : 80),
				path: absolute === undefined ? path : `${url.origin}${path}`,
				method: request.method,
				headers,
				body: request.body,
				timeout,
				connectTimeout: this.#connectTimeout,
				maxHeaderSize: MAX_HEADERS,
				// Folded headers and a repeated length do no harm, as digests are checked.
				insecureHTTPParser: true,
				signal,
			});
			if (!this.isProxied(url) && answer.remoteAddress !== undefined) {
				this.#places.set(url.hostname, classifyAddress(answer.remoteAddress));
			}
			if (absolute !== undefined && answer.statusCode === 407) {
				await drop(answer);
				throw proxyError(url, absolute, 407);
			}
			return this.#response(request, answer);
		} catch (cause) {
			const mayRepeat = isUnknownIssuer(cause) && typeof request.body !== "object";
			if (mayRepeat && this.#trustMore(url, known)) return this.send(request);
			throw await this.#failure(url, cause, signal);
		}
	}

	/**
	 * Returns whose CAs count. Node's take a while to read, and most servers that may speak plain HTTP do, so there
	 * they count once a server has shown a certificate; but a body that is sent once needs them from the beginning.
	 */
	#knownCas({ url, body }: HttpRequest): KnownCas {
		if (this.#trustsSystem) return "system";
		const mayWait = mayBePlain(this.#settings, url) && typeof body !== "object";
		return mayWait && !this.#certified.has(url.host) ? "user" : "usual";
	}

	/** Adds Node's CAs, then the system's; false if they count already, or there are none. */
	#trustMore(url: URL, known: KnownCas): boolean {
		if (known === "user") {
			this.#certified.add(url.host);
			return true;
		}
		if (this.#trustsSystem || systemCas(this.#settings).length === 0) return false;
		this.#trustsSystem = true;
		// Connections in use stay open; new requests get new routes.
		this.#formerRoutes.push(...this.#routes.values());
		this.#routes.clear();
		return true;
	}

	/** Returns whether an address is reached through a proxy, which then resolves names. */
	isProxied(url: URL): boolean {
		return proxyFor(url, this.#settings.env) !== undefined;
	}

	/** Returns the kind of network of a host: by the address that answered, else by its name. */
	placeOf(url: URL): AddressClass {
		return this.#places.get(url.hostname) ?? classifyAddress(url.hostname);
	}

	/** Ends every connection, even in the middle of a body. */
	async close(): Promise<void> {
		this.#closed = true;
		const routes = [...this.#routes.values(), ...this.#formerRoutes];
		this.#routes.clear();
		for (const { agent } of routes) agent.destroy();
	}

	get #connectTimeout(): number {
		return Math.min(this.#settings.timeout, MAX_CONNECT_TIMEOUT);
	}

	/**
	 * Returns a route. Connections that were made without a limit, or with another one, are not used for requests
	 * with one.
	 */
	#route(url: URL, reach: Reach | undefined, known: KnownCas): Route {
		const key = [url.origin, known, ...(reach?.allowed ?? [])].join(" ");
		const opened = this.#routes.get(key);
		if (opened !== undefined) return opened;
		const route = this.#openRoute(url, reach, known);
		this.#routes.set(key, route);
		return route;
	}

	#openRoute(url: URL, reach: Reach | undefined, known: KnownCas): Route {
		const proxy = proxyFor(url, this.#settings.env);
		const connection = {
			lookup: this.#names.within(reach) as LookupFunction,
			autoSelectFamilyAttemptTimeout: Math.min(MAX_ATTEMPT_TIMEOUT, Math.max(250, this.#connectTimeout / 2)),
		};
		const kept = { keepAlive: true, onread: receiveBuffer, ...connection };
		const tls = { ...kept, ...tlsOptionsFor(url, this.#settings, known) };
		if (proxy === undefined) {
			return { agent: url.protocol === "https:" ? new HttpsAgent(tls) : new HttpAgent(tls) };
		}
		const proxyTls = tlsOptionsFor(proxy.url, this.#settings, this.#trustsSystem ? "system" : "usual");
		if (url.protocol === "https:") {
			return { agent: new TunnelAgent(tls, { proxy, proxyTls, connection, timeout: this.#connectTimeout }) };
		}
		// By default, Node would verify the proxy by the name in the Host header.
		const servername = serverName(bareAddress(proxy.url.hostname));
		const options = { ...kept, ...proxyTls, servername };
		const agent = proxy.url.protocol === "https:" ? new HttpsAgent(options) : new HttpAgent(options);
		return { agent, absolute: proxy };
	}

	#response(request: HttpRequest, answer: Answer): HttpResponse {
		const { url, signal } = request;
		const { body, headers, statusCode } = answer;
		const failure = (cause: unknown): Promise<unknown> => this.#failure(url, cause, signal);
		return {
			url,
			status: statusCode,
			secrets: secretsOf(request),
			header: (name) => headers[name] ?? [],
			async *chunks() {
				try {
					yield* body.chunks();
				} catch (cause) {
					throw await failure(cause);
				}
			},
			discard: () => drop(answer),
		};
	}

	async #failure(url: URL, cause: unknown, signal: AbortSignal | undefined): Promise<unknown> {
		if (signal?.aborted) return signal.reason;
		// This may also be an error of the body that was to be sent.
		if (cause instanceof PvpkgError) return cause;
		if (this.#closed) return closedError(url);
		const proxy = proxyFor(url, this.#settings.env);
		const tried = this.#names.addressesOf(bareAddress((proxy?.url ?? url).hostname));
		const failure = await networkError(url, cause, proxy, tried);
		this.#settings.onDebug(failure.message);
		return failure;
	}
}

/** Errors of a certificate that other CAs might accept. */
const UNKNOWN_ISSUER = /^(?:UNABLE_TO_(?:GET|VERIFY)_|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT)/;

function isUnknownIssuer(cause: unknown): boolean {
	return UNKNOWN_ISSUER.test(errorCode(cause instanceof TunnelError ? cause.cause : cause) ?? "");
}

/** Shorter strings are not secrets, and parts of other words. */
const MIN_SECRET = 4;

function secretsOf({ headers, body }: HttpRequest): string[] {
	const posted = new URLSearchParams(typeof body === "string" ? body : "").get("refresh_token") ?? "";
	const secrets = [...authorizationSecrets(headers.authorization ?? ""), posted];
	return secrets.filter((secret) => secret.length >= MIN_SECRET);
}

async function drop({ headers, body }: Answer): Promise<void> {
	const announced = Number(headers["content-length"]?.[0] ?? 0);
	if (announced > MAX_DISCARDED) return body.end();
	let size = 0;
	try {
		for await (const chunk of body.chunks()) {
			size += chunk.length;
			if (size > MAX_DISCARDED) return;
		}
	} catch {
		// The body is not needed.
	}
}
