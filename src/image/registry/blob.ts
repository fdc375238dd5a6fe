import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { BlobVerifier, type Descriptor, OciError } from "../oci/index.js";
import { RegistryError } from "./errors.js";
import { responseError } from "./response.js";
import { Retries } from "./retry.js";
import type { Settings } from "./settings.js";
import type { HttpResponse } from "./transport.js";

/** A place that may have a blob: an endpoint, or an address in a manifest. */
export interface BlobPlace {
	/** Sends the GET. */
	get(headers: Readonly<Record<string, string>>, signal: AbortSignal | undefined): Promise<HttpResponse>;
}

interface BlobDownloadOptions {
	readonly offset: number | undefined;
	readonly attempt?: number | undefined;
	readonly signal: AbortSignal | undefined;
}

/** The part of a blob in a body, from `begin` to before `end`. */
interface Part {
	readonly begin: number;
	readonly end: number;
}

/** After this many bytes, a connection counts as good again, however often it broke before. */
const PROGRESS = 64 * 1024;

/**
 * Downloads one blob from the first place that has it. A broken connection is continued where it broke, at the same
 * or the next place. Size and digest are checked for the whole blob.
 */
export class BlobDownload {
	readonly #descriptor: Descriptor;
	readonly #subject: string;
	readonly #settings: Settings;
	readonly #signal: AbortSignal | undefined;
	readonly #start: number;
	readonly #attempt: number;
	readonly #verifier: BlobVerifier | undefined;
	/** Position of the next byte for the reader. */
	#position: number;
	/** Whether to request ranges. After one wrong range, the server is asked only for the whole blob. */
	#useRange = true;

	/**
	 * @param offset where the reader wants to begin; it then checks the digest itself.
	 * @param attempt number of earlier attempts in which the blob was wrong.
	 */
	constructor(
		descriptor: Descriptor,
		subject: string,
		settings: Settings,
		{ offset, attempt = 0, signal }: BlobDownloadOptions,
	) {
		this.#descriptor = descriptor;
		this.#subject = subject;
		this.#settings = settings;
		this.#signal = signal;
		this.#start = offset ?? 0;
		this.#attempt = attempt;
		this.#position = this.#start;
		this.#verifier = offset === undefined ? new BlobVerifier(descriptor, subject) : undefined;
	}

	/** Yields the blob. @throws OciError ERR_BLOB_SIZE, ERR_BLOB_DIGEST; RegistryError of the last place. */
	async *chunks(places: readonly BlobPlace[]): AsyncGenerator<Uint8Array> {
		for (const [at, place] of places.entries()) {
			try {
				this.#useRange = true;
				yield* this.#persist(place);
				this.#verifier?.finish();
				return;
			} catch (failure) {
				const movable =
					failure instanceof RegistryError || (failure instanceof OciError && this.#isUntouched);
				if (!movable || at === places.length - 1 || this.#signal?.aborted) throw failure;
				this.#settings.onDebug(`${(failure as Error).message}; trying the next place`);
			}
		}
	}

	get #isUntouched(): boolean {
		return this.#position === this.#start;
	}

	async *#persist(place: BlobPlace): AsyncGenerator<Uint8Array> {
		const retries = new Retries(this.#settings, this.#signal);
		let checkpoint = this.#position;
		while (this.#position < this.#descriptor.size) {
			try {
				yield* this.#ask(place);
			} catch (failure) {
				// A connection may break after the last byte.
				if (failure instanceof RegistryError && this.#position === this.#descriptor.size) return;
				if (this.#position - checkpoint >= PROGRESS) retries.reset();
				checkpoint = this.#position;
				await retries.pause(failure);
			}
		}
	}

	/** Sends one request, and yields its body from `#position` on. */
	async *#ask(place: BlobPlace): AsyncGenerator<Uint8Array> {
		const from = this.#useRange ? this.#position : 0;
		const response = await place.get(from > 0 ? { range: `bytes=${from}-` } : {}, this.#signal);
		const part = await this.#answeredPart(response, from);
		const before = this.#position;
		let skip = before - part.begin;
		for await (const chunk of await this.#body(response, part)) {
			const fresh = skip === 0 ? chunk : chunk.subarray(Math.min(skip, chunk.length));
			skip -= chunk.length - fresh.length;
			if (fresh.length > 0) yield this.#accept(fresh);
		}
		if (this.#position < part.end) throw this.#broken("the body ended early");
		// A server may send less than requested, as long as the parts are not tiny.
		const isCrumb = this.#position < this.#descriptor.size && this.#position - before < PROGRESS;
		if (isCrumb) throw this.#broken("the server sent only a small part");
	}

	#accept(chunk: Uint8Array): Uint8Array {
		this.#position += chunk.length;
		if (this.#position > this.#descriptor.size) throw this.#sizeError(`at least ${this.#position}`);
		this.#verifier?.update(chunk);
		return chunk;
	}

	/** Returns the part of the blob that the body is. @throws RegistryError when it cannot be used. */
	async #answeredPart(response: HttpResponse, from: number): Promise<Part> {
		const { size } = this.#descriptor;
		if (response.status === 200) return { begin: 0, end: size };
		const [header = ""] = response.header("content-range");
		const part = response.status === 206 ? parseContentRange(header, size) : undefined;
		if (part?.begin === from) return part;
		if (from === 0 || (response.status !== 206 && response.status !== 416)) {
			const request = { action: "fetch blob", subject: this.#subject };
			throw await responseError(response, request, this.#settings);
		}
		await response.discard();
		throw this.#wrongRange(
			`the server answered ${response.status} ${header} to a request for bytes from ${from}`,
		);
	}

	/** Returns the body without a Content-Encoding that is not the layer's own compression. */
	async #body(response: HttpResponse, { begin, end }: Part): Promise<AsyncIterable<Uint8Array>> {
		const [length] = response.header("content-length");
		const encoding = response.header("content-encoding")[0]?.trim().toLowerCase() ?? "identity";
		// Storage servers call a compressed layer "encoded", even though it is stored like that.
		if (length !== undefined && Number(length) === end - begin) return response.chunks();
		const isEncoded = encoding === "gzip" || encoding === "x-gzip";
		if (isEncoded && response.status === 200) {
			// Without a length only the digest shows whether the encoding is the layer's own, so attempts alternate.
			return this.#attempt % 2 === 0 ? this.#decoded(response) : response.chunks();
		}
		if (!isEncoded && length === undefined) return response.chunks();
		await response.discard();
		const announced = `a body of ${Number(length)} at ${begin}`;
		// Decoded bytes cannot be counted by ranges of encoded ones.
		if (isEncoded) throw this.#wrongRange("the server answered with a part of an encoded body");
		if (response.status === 206) throw this.#wrongRange(`the server announced ${announced}`);
		// The announced size was right when the blob was begun, and may be right again.
		if (this.#position > 0) throw this.#broken(`the server announced ${announced}`);
		throw this.#sizeError(announced);
	}

	async *#decoded(response: HttpResponse): AsyncGenerator<Uint8Array> {
		// Errors come out of the gunzip.
		const gunzip = pipeline(response.chunks(), createGunzip(), () => {});
		try {
			for await (const chunk of gunzip) yield chunk as Uint8Array;
		} catch (cause) {
			if (cause instanceof RegistryError || this.#signal?.aborted) throw cause;
			const message = `${this.#subject}: decode ${this.#descriptor.digest}: the body is not gzip, though the server says so`;
			throw new RegistryError("ERR_REGISTRY_RESPONSE", message, { cause });
		} finally {
			gunzip.destroy();
		}
	}

	/** Requests only the whole blob from now on, and returns the error. */
	#wrongRange(reason: string): RegistryError {
		this.#useRange = false;
		return this.#broken(reason);
	}

	#broken(reason: string): RegistryError {
		const { digest, size } = this.#descriptor;
		const message = `${this.#subject}: fetch blob ${digest}: ${reason}, expected ${size} bytes, got ${this.#position}`;
		return new RegistryError("ERR_REGISTRY_NETWORK", message, { transient: true });
	}

	#sizeError(got: string): OciError {
		const { digest, size } = this.#descriptor;
		return new OciError(
			"ERR_BLOB_SIZE",
			`${this.#subject}: check size of ${digest}: expected ${size} bytes, got ${got}`,
		);
	}
}

/** Parses `bytes 5-9/10` (5 to before 10); undefined if it is not part of a blob of that size. */
function parseContentRange(header: string, size: number): Part | undefined {
	const [, first, last, total] = /^\s*bytes\s+(\d+)-(\d+)\/(\d+|\*)\s*$/i.exec(header) ?? [];
	const [begin, end] = [Number(first), Number(last) + 1];
	const isPart = begin < end && end <= size && (total === "*" || Number(total) === size);
	return isPart ? { begin, end } : undefined;
}
