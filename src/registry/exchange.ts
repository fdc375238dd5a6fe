import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";

/** So much of a body waits for its reader before the sender has to. Bytes. */
const MAX_WAITING = 256 * 1024;

/** The head of an answer; its body comes after it. */
export interface Answer {
	readonly statusCode: number;
	readonly headers: IncomingHttpHeaders;
	readonly body: AnswerBody;
}

/**
 * Sends a request. Chunks are handed on as they leave the parser: a stream between the two would
 * cost as much again as the receiving.
 * @throws what the dispatcher says; the signal's reason.
 */
export function exchange(
	dispatcher: Dispatcher,
	request: Dispatcher.DispatchOptions,
	signal: AbortSignal | undefined,
): Promise<Answer> {
	return new Promise((resolve, reject) => {
		const body = new AnswerBody(signal, resolve, reject);
		dispatcher.dispatch(request, body);
	});
}

/** The receiver of one answer, and the body for its reader. */
export class AnswerBody implements Dispatcher.DispatchHandler {
	readonly #signal: AbortSignal | undefined;
	readonly #resolve: (answer: Answer) => void;
	readonly #reject: (reason: unknown) => void;
	readonly #onAbort = (): void => this.#fail(this.#signal?.reason);
	readonly #waiting: Uint8Array[] = [];
	#waitingBytes = 0;
	#controller: Dispatcher.DispatchController | undefined;
	#end: "whole" | { readonly failure: unknown } | undefined;
	#wake: () => void = () => {};

	constructor(
		signal: AbortSignal | undefined,
		resolve: (answer: Answer) => void,
		reject: (reason: unknown) => void,
	) {
		this.#signal = signal;
		this.#resolve = resolve;
		this.#reject = reject;
		signal?.addEventListener("abort", this.#onAbort, { once: true });
	}

	/** The chunks, once; breaking off ends the connection. @throws what ends the body early. */
	async *chunks(): AsyncGenerator<Uint8Array> {
		try {
			for (;;) {
				for (let chunk = this.#waiting.shift(); chunk !== undefined; chunk = this.#waiting.shift()) {
					this.#waitingBytes -= chunk.length;
					yield chunk;
				}
				if (this.#end === "whole") return;
				if (this.#end !== undefined) throw this.#end.failure;
				if (this.#controller?.paused) this.#controller.resume();
				await new Promise<void>((resolve) => {
					this.#wake = resolve;
				});
			}
		} finally {
			this.#fail(new Error("nobody reads the rest of the body"));
		}
	}

	onRequestStart(controller: Dispatcher.DispatchController): void {
		this.#controller = controller;
		if (this.#end !== undefined) controller.abort(new Error("the request was given up"));
	}

	onResponseStart(
		_controller: Dispatcher.DispatchController,
		statusCode: number,
		headers: IncomingHttpHeaders,
	): void {
		if (statusCode >= 200) this.#resolve({ statusCode, headers, body: this });
	}

	onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
		this.#waiting.push(chunk);
		this.#waitingBytes += chunk.length;
		if (this.#waitingBytes > MAX_WAITING) controller.pause();
		this.#wake();
	}

	onResponseEnd(): void {
		this.#finish("whole");
	}

	onResponseError(_controller: Dispatcher.DispatchController, failure: Error): void {
		this.#finish({ failure });
		this.#reject(failure);
	}

	#fail(failure: unknown): void {
		if (this.#end !== undefined) return;
		this.#finish({ failure });
		this.#reject(failure);
		this.#controller?.abort(failure instanceof Error ? failure : new Error(String(failure)));
	}

	#finish(end: "whole" | { readonly failure: unknown }): void {
		this.#end ??= end;
		this.#signal?.removeEventListener("abort", this.#onAbort);
		this.#wake();
	}
}
