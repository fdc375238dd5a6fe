import { type Content, hashedChunks, jointSignal, Limiter } from "../../ground/bytes/index.js";
import { streamContent } from "../../ground/files/index.js";
import { encodeCompactJson, jsonObject } from "../../ground/json/index.js";
import type { WebAnswer, WebClient } from "../../image/registry/index.js";
import { expectDigest } from "../../pantavisor/package/index.js";
import { shownAddress } from "./address.js";
import { finishAll, type TransferOptions } from "./download.js";
import { RepositoryError } from "./errors.js";
import { answerError, DOCUMENT_LIMIT, parseDocument, stringOf } from "./remote.js";

/** Objects that are uploaded at a time, as pvr does. */
const PARALLEL = 5;
/** How long a server may take to answer about an object. Milliseconds. */
const PATIENCE = 600_000;

/** An object and the key that names it. */
export interface UploadObject {
	readonly key: string;
	readonly sha256: string;
	readonly content: Content;
}

export interface UploadOptions extends TransferOptions {
	/** Sends an object also where the server says that it has it, and names an address all the same. */
	readonly force?: boolean | undefined;
}

/**
 * Uploads objects that the server does not have (docs/formats/delivery.md#uploading-objects).
 * @param endpoint the server's address of objects, without a slash at its end.
 * @returns how many were sent.
 * @throws RepositoryError ERR_REPOSITORY_REFUSED, ERR_REPOSITORY_ANSWER; ExportError ERR_OBJECT_HASH; RegistryError.
 */
export async function uploadObjects(
	client: WebClient,
	endpoint: URL,
	objects: readonly UploadObject[],
	{ signal, onObject, force = false }: UploadOptions,
): Promise<number> {
	const limiter = new Limiter(PARALLEL);
	const stop = new AbortController();
	const both = jointSignal(stop.signal, signal);
	let [done, sent] = [0, 0];
	const jobs = objects.map((object) =>
		limiter.run(async () => {
			both.throwIfAborted();
			if (await uploadObject(client, endpoint, object, { signal: both, force })) sent++;
			onObject?.(++done, objects.length);
		}),
	);
	await finishAll(jobs, stop);
	return sent;
}

/** @returns whether it was sent; false: the server has it. */
async function uploadObject(
	client: WebClient,
	endpoint: URL,
	object: UploadObject,
	{ signal, force }: { readonly signal: AbortSignal; readonly force: boolean },
): Promise<boolean> {
	const url = new URL(`${endpoint.pathname}/${endpoint.search}`, endpoint);
	const headers = { "content-type": "application/json" };
	const request = { method: "POST", url, headers, body: describe(object), signal } as const;
	const announced = await client.ask(request, DOCUMENT_LIMIT);
	const isThere = announced.status === 409;
	if (isThere && !force) return false;
	if (!isThere) checkAnswer(announced, url, object);
	const place = stringOf(parseDocument(announced.body, shownAddress(url)), "signed-puturl");
	if (isThere && place === undefined) return false;
	if (place === undefined || !URL.canParse(place, url.href)) {
		throw answerError(url, "signed-puturl: expected an address, got another value");
	}
	const { content } = object;
	const body = { size: content.size, chunks: () => checkedChunks(object) };
	const target = new URL(place, url);
	// Without a type, as pvr sends it: stores sign the address together with the one that they expect, none.
	const put = { method: "PUT", url: target, body, timeout: PATIENCE, signal } as const;
	checkAnswer(await client.ask(put, DOCUMENT_LIMIT), target, object);
	return true;
}

/** Yields the bytes of an object. @throws ExportError ERR_OBJECT_HASH */
function checkedChunks({ key, sha256, content }: UploadObject): AsyncIterable<Uint8Array> {
	return hashedChunks(streamContent(content), (got) => {
		expectDigest(`${key}: upload object ${sha256}`, sha256, got);
	});
}

/** The members that pvr sends, in pvr's order. */
function describe({ key, sha256, content }: UploadObject): string {
	return encodeCompactJson(
		jsonObject({
			id: "",
			"storage-id": "",
			owner: "",
			objectname: key,
			sha256sum: sha256,
			size: String(content.size),
			"mime-type": "application/octet-stream",
			"signed-puturl": "",
			"signed-geturl": "",
			now: "",
			"expire-time": "",
		}),
	);
}

function checkAnswer({ status }: WebAnswer, url: URL, { key, sha256 }: UploadObject): void {
	if (status === 200) return;
	const message = `${url.host}: upload ${key}: the server answered ${status} for object ${sha256}`;
	throw new RepositoryError("ERR_REPOSITORY_REFUSED", message);
}
