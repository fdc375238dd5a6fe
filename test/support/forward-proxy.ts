import {
	createServer,
	request as httpRequest,
	type IncomingMessage,
	type Server,
	type ServerResponse,
} from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Identity } from "./certificates.js";

/**
 * A forward proxy on loopback, for absolute-form requests and CONNECT tunnels. Every host it
 * knows, whatever its name, is a port of this machine: so names can be tried that are not on
 * loopback for the client.
 */
export class ForwardProxy {
	/** `CONNECT host:port` and `GET http://…`, in order. */
	readonly requests: string[] = [];
	/** Headers of those requests. */
	readonly headers: IncomingMessage["headers"][] = [];
	/** `host:port` → port on loopback. */
	readonly hosts: Map<string, number> = new Map();
	/** `user:password` that it demands. */
	user: string | undefined;
	/** Answers `CONNECT` in place of the proxy. */
	onConnect: ((socket: Socket) => void) | undefined;
	readonly #server: Server;
	readonly #sockets = new Set<Socket>();

	private constructor(tls: Identity | undefined) {
		this.#server = tls === undefined ? createServer() : createHttpsServer(tls);
		this.#server.on("request", (request, response) => this.#forward(request, response));
		this.#server.on("connect", (request, socket: Socket) => this.#tunnel(request, socket));
		this.#server.on("connection", (socket: Socket) => this.#sockets.add(socket));
	}

	/** @param tls its certificate, where it is asked over TLS. */
	static async start(tls?: Identity, address: string = "127.0.0.1"): Promise<ForwardProxy> {
		const proxy = new ForwardProxy(tls);
		await new Promise<void>((resolve) => proxy.#server.listen(0, address, resolve));
		return proxy;
	}

	/** `127.0.0.1:PORT` */
	get host(): string {
		const { address, family, port } = this.#server.address() as AddressInfo;
		return family === "IPv6" ? `[${address}]:${port}` : `${address}:${port}`;
	}

	async close(): Promise<void> {
		for (const socket of this.#sockets) socket.destroy();
		this.#server.closeAllConnections();
		await new Promise((resolve) => this.#server.close(resolve));
	}

	#admits(request: IncomingMessage): boolean {
		this.requests.push(`${request.method} ${request.url}`);
		this.headers.push(request.headers);
		if (this.user === undefined) return true;
		return request.headers["proxy-authorization"] === `Basic ${Buffer.from(this.user).toString("base64")}`;
	}

	#forward(request: IncomingMessage, response: ServerResponse): void {
		const admitted = this.#admits(request);
		const target = new URL(request.url ?? "");
		const port = this.hosts.get(`${target.hostname}:${target.port || 80}`);
		if (!admitted || port === undefined) {
			response.writeHead(admitted ? 502 : 407).end();
			return;
		}
		const { "proxy-authorization": _, ...headers } = request.headers;
		const path = `${target.pathname}${target.search}`;
		const onward = httpRequest(
			{ host: "127.0.0.1", port, path, method: request.method ?? "GET", headers },
			(answer) => {
				response.writeHead(answer.statusCode ?? 502, answer.headers);
				answer.pipe(response);
			},
		);
		onward.on("error", () => response.destroy());
		request.pipe(onward);
	}

	#tunnel(request: IncomingMessage, socket: Socket): void {
		const admitted = this.#admits(request);
		if (this.onConnect !== undefined) {
			this.onConnect(socket);
			return;
		}
		const port = this.hosts.get(request.url ?? "");
		if (!admitted || port === undefined) {
			socket.end(
				admitted ? "HTTP/1.1 502 Bad Gateway\r\n\r\n" : "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
			);
			return;
		}
		const onward = connect(port, "127.0.0.1", () => {
			socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
			socket.pipe(onward).pipe(socket);
		});
		for (const end of [socket, onward]) {
			this.#sockets.add(end);
			end.on("error", () => {
				socket.destroy();
				onward.destroy();
			});
		}
	}
}
