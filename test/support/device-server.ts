import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** One request that came in. */
export interface DeviceCall {
	readonly method: string;
	/** `/cgi-bin/pvtx/begin` */
	readonly path: string;
	readonly query: URLSearchParams;
	readonly headers: IncomingMessage["headers"];
	readonly body: Buffer;
}

export interface DeviceAnswer {
	readonly status: number;
	readonly body: string | Buffer;
	readonly headers?: Readonly<Record<string, string>>;
	/** Milliseconds before each byte of the body; it comes at once without. */
	readonly pace?: number;
}

/** What goes wrong with one request. */
export type DeviceFault =
	/** The connection is closed before the request is read. */
	| "lost before"
	/** The request is carried out, and the connection closed before the answer. */
	| "lost after"
	/** The answer is sent, and cut in its middle. */
	| "cut"
	/** The request is read, and then nothing happens. */
	| "silent"
	/** The answer comes byte by byte. */
	| "slow"
	| DeviceAnswer;

interface ScriptedFault {
	readonly pattern: RegExp;
	readonly fault: DeviceFault;
	times: number;
}

/** A small web server that answers by a function, and badly where a script says so. */
export class DeviceServer {
	url = "";
	/** Every request, in order; those that were lost before they were read, too. */
	readonly calls: DeviceCall[] = [];
	/** Most requests that were open at the same time. */
	mostAtOnce = 0;
	#open = 0;
	/** So many connections are refused before the next is taken: the device restarts. */
	down = 0;
	readonly #server: Server;
	readonly #scripts: ScriptedFault[] = [];
	#gathering: { pattern: RegExp; count: number; release: (() => void)[] } | undefined;
	readonly #sockets = new Set<Socket>();
	readonly #respond: (call: DeviceCall) => DeviceAnswer | Promise<DeviceAnswer>;

	private constructor(respond: (call: DeviceCall) => DeviceAnswer | Promise<DeviceAnswer>) {
		this.#respond = respond;
		this.#server = createServer((request, response) => {
			this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#open);
			this.#receive(request, response)
				.catch((error) => response.destroy(error))
				.finally(() => {
					this.#open--;
				});
		});
		this.#server.on("connection", (socket) => {
			this.#sockets.add(socket);
			socket.on("close", () => this.#sockets.delete(socket));
		});
	}

	static async start(
		respond: (call: DeviceCall) => DeviceAnswer | Promise<DeviceAnswer>,
	): Promise<DeviceServer> {
		const server = new DeviceServer(respond);
		await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
		server.url = `http://127.0.0.1:${(server.#server.address() as AddressInfo).port}`;
		return server;
	}

	/** Has requests whose `METHOD path?query` matches go wrong, so many times. */
	fail(pattern: RegExp, fault: DeviceFault, times = 1): void {
		this.#scripts.push({ pattern, fault, times });
	}

	/** Holds answers to paths that match until so many requests are open, and a moment longer: one more would show. */
	gather(pattern: RegExp, count: number): void {
		this.#gathering = { pattern, count, release: [] };
	}

	async #gathered(path: string): Promise<void> {
		const gathering = this.#gathering;
		if (gathering === undefined || !gathering.pattern.test(path)) return;
		const released = new Promise<void>((resolve) => gathering.release.push(resolve));
		if (gathering.release.length === gathering.count) {
			setTimeout(() => {
				this.#gathering = undefined;
				for (const release of gathering.release) release();
			}, 100);
		}
		await released;
	}

	/** `METHOD path` of every request. */
	get lines(): string[] {
		return this.calls.map(({ method, path }) => `${method} ${path}`);
	}

	async close(): Promise<void> {
		for (const socket of this.#sockets) socket.destroy();
		await new Promise<void>((resolve) => this.#server.close(() => resolve()));
	}

	async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const { pathname, search, searchParams } = new URL(request.url!, this.url);
		const fault = this.#faultOf(`${request.method} ${pathname}${search}`);
		const call = { method: request.method!, path: pathname, query: searchParams, headers: request.headers };
		if (this.down > 0 || fault === "lost before") {
			if (this.down > 0) this.down--;
			this.calls.push({ ...call, body: Buffer.alloc(0) });
			request.socket.destroy();
			return;
		}
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		const whole = { ...call, body: Buffer.concat(chunks) };
		this.calls.push(whole);
		if (fault === "silent") return;
		await this.#gathered(pathname);
		await send(response, typeof fault === "object" ? fault : await this.#respond(whole), fault);
	}

	#faultOf(line: string): DeviceFault | undefined {
		const script = this.#scripts.find(({ pattern, times }) => times > 0 && pattern.test(line));
		if (script) script.times--;
		return script?.fault;
	}
}

async function send(
	response: ServerResponse,
	answer: DeviceAnswer,
	fault: DeviceFault | undefined,
): Promise<void> {
	if (fault === "lost after") return void response.destroy();
	const body = Buffer.from(answer.body as string);
	response.writeHead(answer.status, { "content-length": body.length, ...answer.headers });
	if (fault === "cut") {
		response.write(body.subarray(0, body.length >> 1), () => response.destroy());
		return;
	}
	const pace = fault === "slow" ? 1 : answer.pace;
	if (pace === undefined) return void response.end(body);
	for (const byte of body.subarray(0, -1)) {
		response.write(Uint8Array.of(byte));
		await new Promise((resolve) => setTimeout(resolve, pace));
	}
	// With the last byte the client may ask for more: nothing comes after it.
	response.end(body.subarray(-1));
}
