import {
	type ClientRequest,
	request as httpRequest,
	type IncomingMessage,
	type RequestOptions,
} from "node:http";
import { request as httpsRequest } from "node:https";
import { errorCode } from "../../ground/bytes/index.js";
import { onSilence } from "./silence.js";

/** Most bytes of a body that wait for the reader before the sender has to. */
const MAX_WAITING = 256 * 1024;

/** A body that is read while it is sent. */
export interface Upload {
	/** Size of the whole body in bytes. */
	readonly size: number;
	/** Yields the bytes from the start at each call. */
	chunks(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

export interface ExchangeOptions extends RequestOptions {
	readonly protocol: string;
	readonly body?: string | Upload | undefined;
	/** How long the connection may be silent. Milliseconds. */
	readonly timeout: number;
	/** How long connecting may take. Milliseconds. */
	readonly connectTimeout: number;
	readonly signal?: AbortSignal | undefined;
}

/** The head of an answer, which its body follows. */
export interface Answer {
	readonly statusCode: number;
	/** Address of the server that answered. */
	readonly remoteAddress: string | undefined;
	/** All values of each header. */
	readonly headers: Readonly<Record<string, readonly string[] | undefined>>;
	readonly body: AnswerBody;
}

/**
 * Sends a request and waits for the head of the answer. A kept connection that the server has closed meanwhile is
 * replaced once.
 * @throws Node's errors; the signal's reason.
 */
export async function exchange(options: ExchangeOptions): Promise<Answer> {
	const first: Connection = { reused: false, hasKeys: false };
	try {
		return await sendOnce(options, first);
	} catch (error) {
		if (first.hasKeys) tlsErrors.add(error as Error);
		const stale = first.reused && (options.method === "GET" || options.method === "HEAD");
		if (!stale || errorCode(error) !== "ECONNRESET") throw error;
		return await sendOnce(options, first);
	}
}

/** What is known about the connection of one request. */
interface Connection {
	reused: boolean;
	/** Whether the server has taken part in a TLS handshake. */
	hasKeys: boolean;
}

const tlsErrors = new WeakSet<Error>();

/** Returns whether a server had taken part in a TLS handshake before an error. */
export function cameOverTls(error: unknown): boolean {
	return error instanceof Error && tlsErrors.has(error);
}

function sendOnce(
	{ body, signal, connectTimeout, ...options }: ExchangeOptions,
	connection: Connection,
): Promise<Answer> {
	return new Promise((resolve, reject) => {
		const request = (options.protocol === "https:" ? httpsRequest : httpRequest)(options);
		// A request that waits for a tunnel ends only when the tunnel has opened or failed.
		const fail = (reason: Error): void => {
			request.destroy(reason);
			reject(reason);
		};
		const onAbort = (): void => fail(signal?.reason);
		signal?.addEventListener("abort", onAbort, { once: true });
		limitConnecting(request, connectTimeout, fail);
		let received: AnswerBody | undefined;
		onSilence(request, () => {
			if (received?.isHeldBack) return;
			fail(timeoutError(`nothing came for ${options.timeout} ms`));
		});
		request.once("response", (response) => {
			const { statusCode = 0, headersDistinct } = response;
			received = new AnswerBody(request, response, options.timeout);
			const { remoteAddress } = response.socket;
			resolve({ statusCode, remoteAddress, headers: headersDistinct, body: received });
		});
		request.on("error", (cause) => {
			connection.reused = request.reusedSocket;
			reject(cause);
		});
		request.once("close", () => {
			signal?.removeEventListener("abort", onAbort);
			reject(closedEarly("before an answer came"));
		});
		request.once("socket", (socket) => {
			if (request.reusedSocket) return;
			// Keys are made when the server has chosen the encryption; nothing else shows that a handshake fails
			// after that.
			socket.once("keylog", () => {
				connection.hasKeys = true;
			});
		});
		if (body === undefined || typeof body === "string") request.end(body);
		else upload(request, body).catch(fail);
	});
}

/** Sends a body piece by piece, and stops if the server answers before its end. */
async function upload(request: ClientRequest, body: Upload): Promise<void> {
	let answered = false;
	request.once("response", (response) => {
		answered = true;
		response.once("end", () => request.writableFinished || request.destroy());
	});
	request.setHeader("content-length", body.size);
	for await (const chunk of body.chunks()) {
		if (answered || request.destroyed) return;
		if (!request.write(chunk)) await writable(request);
	}
	if (!answered) request.end();
}

const WRITABLE_AGAIN = ["drain", "response", "close"] as const;

/** Waits until the connection accepts more, has an answer, or is closed. */
function writable(request: ClientRequest): Promise<void> {
	return new Promise((resolve) => {
		const goOn = (): void => {
			for (const event of WRITABLE_AGAIN) request.off(event, goOn);
			resolve();
		};
		for (const event of WRITABLE_AGAIN) request.on(event, goOn);
	});
}

/** Limits the time until there is a connection, through a proxy's tunnel if necessary. */
function limitConnecting(request: ClientRequest, limit: number, fail: (reason: Error) => void): void {
	let isOpen = false;
	const expire = (): void => {
		if (!isOpen) fail(timeoutError(`no connection within ${limit} ms`));
	};
	// After a pause of this process, received data is read first: see onSilence.
	const timer = setTimeout(() => setImmediate(expire), limit);
	const connected = (): void => {
		isOpen = true;
		clearTimeout(timer);
	};
	request.once("close", connected);
	request.once("socket", (socket) => {
		if (socket.connecting) socket.once("connect", connected);
		else connected();
	});
}

/**
 * The body of one answer. Chunks are passed on directly from the parser: a stream in between would cost as much
 * again as receiving.
 */
class AnswerBody {
	readonly #request: ClientRequest;
	readonly #response: IncomingMessage;
	readonly #timeout: number;
	readonly #waiting: Uint8Array[] = [];
	#waitingBytes = 0;
	#end: "whole" | { readonly failure: unknown } | undefined;
	#wake: () => void = () => {};

	constructor(request: ClientRequest, response: IncomingMessage, timeout: number) {
		this.#request = request;
		this.#response = response;
		this.#timeout = timeout;
		request.on("error", (failure) => this.#finish({ failure }));
		response.on("error", (failure) => this.#finish({ failure }));
		response.on("data", (chunk: Uint8Array) => this.#onData(chunk));
		response.once("end", () => this.#finish("whole"));
		response.once("close", () => this.#finish({ failure: closedEarly("before the end of the body") }));
	}

	/** Yields the chunks, once; stopping early ends the connection. @throws what ends the body early. */
	async *chunks(): AsyncGenerator<Uint8Array> {
		try {
			for (;;) {
				for (let chunk = this.#waiting.shift(); chunk !== undefined; chunk = this.#waiting.shift()) {
					this.#waitingBytes -= chunk.length;
					yield chunk;
				}
				if (this.#end === "whole") return;
				if (this.#end !== undefined) throw this.#end.failure;
				if (this.#response.isPaused()) this.#goOn();
				await new Promise<void>((resolve) => {
					this.#wake = resolve;
				});
			}
		} finally {
			if (this.#end !== "whole") this.#request.destroy();
		}
	}

	/** Returns whether the reader makes the sender wait, so that the silence is not the connection's. */
	get isHeldBack(): boolean {
		return this.#response.isPaused();
	}

	/** Ends the connection, as the body is not needed. */
	end(): void {
		this.#request.destroy();
	}

	#onData(chunk: Uint8Array): void {
		this.#waiting.push(chunk);
		this.#waitingBytes += chunk.length;
		if (this.#waitingBytes > MAX_WAITING) this.#response.pause();
		this.#wake();
	}

	#goOn(): void {
		this.#request.setTimeout(this.#timeout);
		this.#response.resume();
	}

	#finish(end: "whole" | { readonly failure: unknown }): void {
		this.#end ??= end;
		this.#wake();
	}
}

function timeoutError(message: string): Error {
	return Object.assign(new Error(message), { code: "ETIMEDOUT" });
}

function closedEarly(when: string): Error {
	return Object.assign(new Error(`the connection was closed ${when}`), { code: "ECONNRESET" });
}
