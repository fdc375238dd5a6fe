import { gunzipSync } from "node:zlib";
import { parseErrorBody } from "./error-body.js";
import { RegistryError, type RegistryErrorCode } from "./errors.js";
import { shown, shownUrl } from "./message.js";
import { parseRetryAfter } from "./retry.js";
import type { Settings } from "./settings.js";
import type { HttpResponse } from "./transport.js";

/** Most bytes of an error's body that are read. */
const MAX_ERROR_BODY = 64 * 1024;
const GZIP_MAGIC = 0x1f8b;
/**
 * Passing failures, with those of nginx (499) and Cloudflare (52x, 530), which did not reach the server behind
 * them.
 */
const TRANSIENT = new Set([408, 429, 499, 500, 502, 503, 504, 520, 521, 522, 523, 524, 530]);

/**
 * Reads a whole body of at most `limit` bytes; one that announces more is refused at once.
 * @throws RegistryError ERR_REGISTRY_RESPONSE
 */
export async function readBody(response: HttpResponse, limit: number, subject: string): Promise<Buffer> {
	const announced = Number(response.header("content-length")[0] ?? 0);
	if (announced > limit) {
		await response.discard();
		throw tooLong(subject, limit, announced);
	}
	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of response.chunks()) {
		size += chunk.length;
		if (size > limit) throw tooLong(subject, limit, size);
		chunks.push(chunk);
	}
	return decoded(Buffer.concat(chunks), response, limit, subject);
}

/** Decodes a body: we ask for no encoding, but some caches encode JSON anyway. */
function decoded(body: Buffer, response: HttpResponse, limit: number, subject: string): Buffer {
	const isGzip = body.length > 2 && body.readUInt16BE() === GZIP_MAGIC;
	if (!isGzip || response.header("content-encoding").length === 0) return body;
	try {
		return gunzipSync(body, { maxOutputLength: limit });
	} catch (cause) {
		const message = `${subject}: decode answer: expected gzip of at most ${limit} bytes`;
		throw new RegistryError("ERR_REGISTRY_RESPONSE", message, { cause });
	}
}

function tooLong(subject: string, limit: number, got: number): RegistryError {
	const message = `${subject}: read answer: expected at most ${limit} bytes, got ${got} or more`;
	return new RegistryError("ERR_REGISTRY_RESPONSE", message);
}

/** What users can check, by the status of the answer. */
export type Advice = Readonly<Record<number, string>>;

/** Advice for requests that fail because of the user alone: what is private is hidden behind 401. */
export const CHECK_USER: Advice = { 401: "check the user, the password, and what this user may read" };

/** A request that failed. */
export interface FailedRequest {
	readonly action: string;
	readonly subject: string;
	readonly advice?: Advice;
}

/** Returns an error with the server's own words for an unsuccessful answer, reading its body. */
export async function responseError(
	response: HttpResponse,
	{ action, subject, advice = {} }: FailedRequest,
	settings: Settings,
): Promise<RegistryError> {
	const { status } = response;
	const words = await serverWords(response);
	const retryAfter = parseRetryAfter(response.header("retry-after")[0], settings.now());
	const wait = waitWords(status, retryAfter);
	const answer = `${shownUrl(response.url)} answered ${status}${wait}${words}`;
	const hint = advice[status] === undefined ? "" : ` (${advice[status]})`;
	const message = `${subject}: ${action}: ${answer}${hint}`;
	return new RegistryError(errorCode(status), message, { transient: TRANSIENT.has(status), retryAfter });
}

function waitWords(status: number, retryAfter: number | undefined): string {
	const limit = status === 429 ? ["rate limit"] : [];
	const wait = retryAfter === undefined ? [] : [`asks to wait ${Math.ceil(retryAfter / 1000)} s`];
	const words = [...limit, ...wait].join(", ");
	return words === "" ? "" : ` (${words})`;
}

function errorCode(status: number): RegistryErrorCode {
	if (status === 401 || status === 403) return "ERR_REGISTRY_UNAUTHORIZED";
	if (status === 404 || status === 410) return "ERR_REGISTRY_NOT_FOUND";
	if (status === 429) return "ERR_REGISTRY_RATE_LIMIT";
	return status >= 499 ? "ERR_REGISTRY_SERVER" : "ERR_REGISTRY_RESPONSE";
}

/** Returns `: DENIED: no access`, shortened and without secrets; `""` if the server gives no reason. */
async function serverWords(response: HttpResponse): Promise<string> {
	let text: string;
	try {
		text = (await readBody(response, MAX_ERROR_BODY, "")).toString("utf8");
	} catch {
		return "";
	}
	const said = parseErrorBody(text);
	const words = response.secrets.reduce((rest, secret) => rest.replaceAll(secret, "***"), said);
	return words === "" ? "" : `: ${shown(words)}`;
}
