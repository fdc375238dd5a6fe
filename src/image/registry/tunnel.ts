import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent, type AgentOptions, request as httpsRequest, type RequestOptions } from "node:https";
import { isIPv6, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { bareAddress } from "./network-address.js";
import type { ProxyServer } from "./proxy.js";
import { onSilence } from "./silence.js";
import { serverName, type TlsOptions } from "./tls.js";

export interface TunnelOptions {
	readonly proxy: ProxyServer;
	/** Options for a proxy that is itself reached over TLS. */
	readonly proxyTls: TlsOptions;
	/** Options for connecting to the proxy. */
	readonly connection: Pick<AgentOptions, "lookup" | "autoSelectFamilyAttemptTimeout">;
	/** How long the proxy may take to open a tunnel. Milliseconds. */
	readonly timeout: number;
}

/** The error for a tunnel that did not open: the proxy refused, or could not be asked because of `cause`. */
export class TunnelError extends Error {
	/** Status of the proxy's answer; undefined if there was none. */
	readonly status: number | undefined;

	constructor(reason: { readonly status?: number; readonly cause?: unknown }) {
		super("the proxy opened no tunnel", { cause: reason.cause });
		this.status = reason.status;
	}
}

type Callback = (error: Error | null, stream: Duplex) => void;

/** An agent whose connections are TLS within a proxy's CONNECT tunnels (RFC 9110 9.3.6). */
export class TunnelAgent extends Agent {
	readonly #tunnel: TunnelOptions;
	/** Requests for tunnels that are not open yet. */
	readonly #opening = new Set<ClientRequest>();

	constructor(options: AgentOptions, tunnel: TunnelOptions) {
		super(options);
		this.#tunnel = tunnel;
	}

	override createConnection(options: RequestOptions, callback?: Callback): undefined {
		const fail = (reason: { status?: number; cause?: unknown }): void => {
			callback?.(new TunnelError(reason), undefined as never);
		};
		const request = connectRequest(this.#tunnel, authority(options));
		this.#opening.add(request);
		request.once("close", () => this.#opening.delete(request));
		onSilence(request, () => request.destroy(new Error("the proxy gave no answer")));
		request.once("error", (cause) => fail({ cause }));
		request.once("connect", ({ statusCode = 0 }: IncomingMessage, socket: Socket, head: Buffer) => {
			if (statusCode < 200 || statusCode > 299) {
				socket.destroy();
				return fail({ status: statusCode });
			}
			socket.setTimeout(0);
			if (head.length > 0) socket.unshift(head);
			callback?.(null, super.createConnection({ ...options, socket } as RequestOptions)!);
		});
		request.end();
	}

	override destroy(): void {
		for (const request of this.#opening) request.destroy();
		super.destroy();
	}
}

/** Returns `host:port` for CONNECT and Host. */
function authority({ host, port }: RequestOptions): string {
	return `${isIPv6(host ?? "") ? `[${host}]` : host}:${port}`;
}

function connectRequest(
	{ proxy, proxyTls, connection, timeout }: TunnelOptions,
	target: string,
): ClientRequest {
	const { protocol, hostname, port } = proxy.url;
	const host = bareAddress(hostname);
	const headers: Record<string, string> = { host: target, "user-agent": "pvpkg" };
	if (proxy.authorization !== undefined) headers["proxy-authorization"] = proxy.authorization;
	const request = { ...connection, method: "CONNECT", path: target, headers, host, agent: false, timeout };
	if (protocol === "http:") return httpRequest({ ...request, port: port || 80 });
	return httpsRequest({ ...request, ...proxyTls, port: port || 443, servername: serverName(host) });
}
