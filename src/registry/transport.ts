import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { HttpsProxyAgent } from "hpagent";
import { authorizationSecrets } from "./basic.js";
import { RegistryError } from "./errors.js";
import { type Answer, type AnswerBody, exchange } from "./exchange.js";
import { shown, shownUrl } from "./message.js";
import { bareAddress } from "./network-address.js";
import { type ProxyServer, proxyFor } from "./proxy.js";
import type { Settings } from "./settings.js";
import { describeIssuer, tlsOptionsFor } from "./tls.js";

export interface HttpRequest {
	readonly method: "GET" | "HEAD" | "POST";
	readonly url: URL;
	readonly headers: Readonly<Record<string, string>>;
	readonly body?: string | undefined;
	readonly signal?: AbortSignal | undefined;
}

export interface HttpResponse {
	readonly url: URL;
	readonly status: number;
	/** What the request proved itself with: never shown, though a server may repeat it. */
	readonly secrets: readonly string[];
	/** All values of a header; none where it is absent. */
	header(name: string): readonly string[];
	/** The body; breaking off destroys the connection. Errors are RegistryErrors. */
	chunks(): AsyncIterable<Uint8Array>;
	/** Reads a short rest, so that the connection can be used again; drops a long one. */
	discard(): Promise<void>;
}

/** More than this of an unwanted body is not worth reading. Bytes. */
const MAX_DISCARDED = 64 * 1024;
const MAX_CONNECT_TIMEOUT = 30_000;

interface Route {
	/** Keeps connections. */
	readonly agent: HttpAgent | HttpsAgent;
	/** A proxy that is told the whole address instead of opening a tunnel. */
	readonly absolute?: ProxyServer | undefined;
}

/** Single HTTP exchanges: connections kept per origin, proxies, TLS. Follows nothing, repeats nothing. */
export class Transport {
	readonly #settings: Settings;
	readonly #routes: Map<string, Route> = new Map();
	#closed = false;

	constructor(settings: Settings) {
		this.#settings = settings;
	}

	/** @throws RegistryError when no answer comes; the signal's reason when it was aborted. */
	async send(request: HttpRequest): Promise<HttpResponse> {
		const { url, signal } = request;
		signal?.throwIfAborted();
		if (this.#closed) throw closedError(url);
		const { agent, absolute } = this.#route(url);
		const headers: Record<string, string> = {
			"user-agent": "pvpkg",
			"accept-encoding": "identity",
			...request.headers,
		};
		if (absolute !== undefined) {
			headers.host = url.host;
			if (absolute.authorization !== undefined) headers["proxy-authorization"] = absolute.authorization;
		}
		const { timeout } = this.#settings;
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
				connectTimeout: Math.min(timeout, MAX_CONNECT_TIMEOUT),
				signal,
			});
			if (absolute !== undefined && answer.statusCode === 407) {
				await drop(answer.body);
				throw proxyError(`${url.host} (proxy ${absolute.url.host})`, 407);
			}
			return this.#response(request, answer);
		} catch (cause) {
			throw await this.#failure(url, cause, signal);
		}
	}

	/** Whether an address is reached through a proxy, which then does the name look-up. */
	isProxied(url: URL): boolean {
		return proxyFor(url, this.#settings.env) !== undefined;
	}

	/** Ends every connection, also those in the middle of a body. */
	async close(): Promise<void> {
		this.#closed = true;
		const routes = [...this.#routes.values()];
		this.#routes.clear();
		for (const { agent } of routes) agent.destroy();
	}

	#route(url: URL): Route {
		const known = this.#routes.get(url.origin);
		if (known !== undefined) return known;
		const route = this.#openRoute(url);
		this.#routes.set(url.origin, route);
		return route;
	}

	#openRoute(url: URL): Route {
		const proxy = proxyFor(url, this.#settings.env);
		const tls = { keepAlive: true, ...tlsOptionsFor(url, this.#settings) };
		if (proxy === undefined) {
			return { agent: url.protocol === "https:" ? new HttpsAgent(tls) : new HttpAgent(tls) };
		}
		const proxyTls = { keepAlive: true, ...tlsOptionsFor(proxy.url, this.#settings) };
		if (url.protocol === "http:") {
			const agent = proxy.url.protocol === "https:" ? new HttpsAgent(proxyTls) : new HttpAgent(proxyTls);
			return { agent, absolute: proxy };
		}
		const headers = proxy.authorization === undefined ? {} : { "proxy-authorization": proxy.authorization };
		const proxyRequestOptions = { ...proxyTls, headers };
		return { agent: new HttpsProxyAgent({ ...tls, proxy: proxy.url, proxyRequestOptions }) };
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
			discard: () => drop(body),
		};
	}

	async #failure(url: URL, cause: unknown, signal: AbortSignal | undefined): Promise<unknown> {
		if (signal?.aborted) return signal.reason;
		if (cause instanceof RegistryError) return cause;
		if (this.#closed) return closedError(url);
		const proxy = proxyFor(url, this.#settings.env);
		const failure = await networkError(url, cause, proxy);
		this.#settings.onDebug(failure.message);
		return failure;
	}
}

/** Shorter ones are no secrets, and part of other words. */
const MIN_SECRET = 4;

function secretsOf({ headers, body }: HttpRequest): string[] {
	const posted = new URLSearchParams(body).get("refresh_token") ?? "";
	const secrets = [...authorizationSecrets(headers.authorization ?? ""), posted];
	return secrets.filter((secret) => secret.length >= MIN_SECRET);
}

async function drop(body: AnswerBody): Promise<void> {
	let size = 0;
	try {
		for await (const chunk of body.chunks()) {
			size += chunk.length;
			if (size > MAX_DISCARDED) return;
		}
	} catch {
		// It was not wanted anyway.
	}
}

/** Certificates that are not trusted, as OpenSSL and Node call them. */
const CERTIFICATE = /^(?:CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(?:GET|VERIFY)_|ERR_TLS_CERT_ALTNAME)/;
const TLS = /^(?:ERR_SSL_|ERR_TLS_|EPROTO$)/;
/** Failures that the same request will meet again. */
const LASTING = new Set(["ENOTFOUND", "EACCES", "EPERM", "ERR_INVALID_CHAR", "ERR_UNESCAPED_CHARACTERS"]);

async function networkError(
	url: URL,
	cause: unknown,
	proxy: ProxyServer | undefined,
): Promise<RegistryError> {
	const error = cause as NodeJS.ErrnoException;
	const code = error.code ?? "";
	const via = proxy === undefined ? "" : ` (proxy ${proxy.url.host})`;
	const subject = `${url.host}${via}`;
	if (CERTIFICATE.test(code)) return certificateError(url, subject, error, proxy === undefined);
	if (TLS.test(code)) {
		return new RegistryError("ERR_REGISTRY_TLS", `${subject}: TLS: ${shown(code)}: ${shown(error.message)}`, {
			cause,
		});
	}
	const refusal = /^Bad response: (\d+)$/.exec(error.message);
	if (refusal !== null) return proxyError(subject, Number(refusal[1]), cause);
	const reason = shown(error.message || code || String(cause));
	const message = `${subject}: ask for ${shownUrl(url)}: ${reason}${code && !reason.includes(code) ? ` (${code})` : ""}`;
	return new RegistryError("ERR_REGISTRY_NETWORK", message, { cause, transient: !LASTING.has(code) });
}

function closedError(url: URL): RegistryError {
	return new RegistryError(
		"ERR_REGISTRY_NETWORK",
		`${url.host}: ask for ${shownUrl(url)}: the source was closed`,
	);
}

function proxyError(subject: string, status: number, cause?: unknown): RegistryError {
	const hint = status === 407 ? ", which means that it wants a user and a password" : "";
	const message = `${subject}: ask the proxy: it answered ${status}${hint}`;
	return new RegistryError("ERR_REGISTRY_PROXY", message, { cause, transient: status >= 500 });
}

async function certificateError(
	url: URL,
	subject: string,
	error: NodeJS.ErrnoException,
	direct: boolean,
): Promise<RegistryError> {
	const issuer = direct ? await describeIssuer(url) : undefined;
	const by = issuer === undefined ? "" : ` (issued by "${shown(issuer)}")`;
	const help = `trust its CA with --ca-file, NODE_EXTRA_CA_CERTS or certs.d/${url.host}/`;
	const message = `${subject}: TLS: the certificate${by} is refused: ${shown(error.message)} (${error.code}); ${help}`;
	return new RegistryError("ERR_REGISTRY_TLS", message, { cause: error });
}
