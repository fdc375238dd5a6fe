import { withoutTrailing } from "../../ground/bytes/index.js";
import { encodeCanonicalJson, type JsonObject, jsonObject } from "../../ground/json/index.js";
import type { WebAnswer, WebClient } from "../../image/registry/index.js";
import { type ObjectSource, resolveObjects } from "../../pantavisor/package/index.js";
import { encodeState, type State, stateObjects } from "../../pantavisor/state/index.js";
import { parseRemoteAddress, shownAddress } from "./address.js";
import { type ServerOptions, withServer } from "./client.js";
import { RepositoryError } from "./errors.js";
import { chooseParts, replaceParts } from "./parts.js";
import {
	answerError,
	DOCUMENT_LIMIT,
	parseDocument,
	type Remote,
	readRemote,
	readRemoteState,
	stringOf,
} from "./remote.js";
import { type UploadObject, type UploadOptions, uploadObjects } from "./upload.js";

export interface SendRequest {
	/** A URL or an IP address; `#a,b,-c` chooses parts. */
	readonly place: string;
	readonly state: State;
	readonly objects: ObjectSource;
	readonly server: ServerOptions;
	readonly onObject?: UploadOptions["onObject"];
	/** Announces and sends also the objects that the server says it has. */
	readonly force?: boolean | undefined;
}

export interface PostRequest extends SendRequest {
	/** Absent: that of the envelope, or none. */
	readonly message?: string | undefined;
	/** Other members of what is posted; the message, the revision and the state take the place of theirs. */
	readonly envelope?: JsonObject | undefined;
	/** The revision to make; -1 for the next one. */
	readonly revision?: number | undefined;
}

/** What a server made of a posted state. */
export interface PostedRevision {
	/** `locals/…`, or a number of a trail. */
	readonly revision: string;
}

/**
 * Replaces the state of a repository on a server, or parts of it, as `pvr put` does; objects go first.
 * @throws RepositoryError; RegistryError; ExportError ERR_OBJECT_MISSING.
 */
export async function putState(request: SendRequest): Promise<void> {
	await sendState(request, async (client, remote, state) => {
		const headers = { "content-type": "application/json" };
		const body = encodeState(state);
		const { signal } = request.server;
		const answer = await client.ask(
			{ method: "PUT", url: remote.stateUrl, headers, body, signal },
			DOCUMENT_LIMIT,
		);
		checkStatus(answer, remote.stateUrl, "put state");
	});
}

/**
 * Makes a revision of a state at a server, as `pvr post` does; objects go first.
 * @throws as `putState`; RepositoryError ERR_REPOSITORY_BUSY when the server is not ready.
 */
export async function postState(request: PostRequest): Promise<PostedRevision> {
	return sendState(request, async (client, remote, state) => {
		const { postUrl: url, stateMember } = remote;
		if (url === undefined) throw answerError(client.home, "post-url: expected an address, got none");
		const { message, revision = -1, envelope = new Map(), server } = request;
		const own = jsonObject({
			...(message !== undefined && { "commit-msg": message }),
			...{ rev: revision, [stateMember]: new Map(state) },
		});
		const body = encodeCanonicalJson(new Map([...envelope, ...own]));
		const headers = { "content-type": "application/json" };
		const answer = await client.ask(
			{ method: "POST", url, headers, body, signal: server.signal },
			DOCUMENT_LIMIT,
		);
		checkStatus(answer, url, "post");
		const members = parseDocument(answer.body, shownAddress(url));
		return { revision: stringOf(members, "revlocal") || String(members.get("rev") ?? "") };
	});
}

/** Uploads all objects of a state to an address of objects, whatever the server says it has. */
export async function putObjects({ place, state, objects, server, onObject }: SendRequest): Promise<number> {
	const endpoint = new URL(place);
	endpoint.pathname = withoutTrailing(endpoint.pathname, "/");
	return withServer(endpoint, server, (client) =>
		uploadObjects(client, endpoint, uploadsOf(state, objects, new Set()), {
			signal: server.signal,
			onObject,
		}),
	);
}

async function sendState<T>(
	{ place, state, objects, server, onObject, force = false }: SendRequest,
	send: (client: WebClient, remote: Remote, state: State) => Promise<T>,
): Promise<T> {
	const { url, parts } = parseRemoteAddress(place);
	return withServer(url, server, async (client) => {
		const remote = await readRemote(client, server.signal);
		const baseline = await readRemoteState(client, remote, server.signal);
		const whole = replaceParts(baseline, chooseParts(state, parts, "committed state"), parts);
		const there = new Set(force ? [] : stateObjects(baseline));
		const uploads = uploadsOf(whole, objects, there);
		const options = { signal: server.signal, onObject, force };
		const sent = await uploadObjects(client, remote.objectsUrl, uploads, options);
		// Uploads take long, and parts that somebody else put meanwhile would be those of before again.
		const isPart = parts.take.length + parts.remove.length > 0;
		if (isPart && sent > 0) await expectUnchanged(client, remote, baseline, server.signal);
		return send(client, remote, whole);
	});
}

/** @throws RepositoryError ERR_REPOSITORY_BUSY where a server has another state than before. */
async function expectUnchanged(
	client: WebClient,
	remote: Remote,
	before: State,
	signal: AbortSignal | undefined,
): Promise<void> {
	const now = await readRemoteState(client, remote, signal);
	if (encodeState(now) === encodeState(before)) return;
	const reason = "its state changed while objects were uploaded; run the command again, they are there now";
	throw new RepositoryError("ERR_REPOSITORY_BUSY", `${client.home.host}: replace parts: ${reason}`);
}

/** The objects of a state that the server does not name, in the order of their hashes. */
function uploadsOf(state: State, objects: ObjectSource, there: ReadonlySet<string>): UploadObject[] {
	const own = new Map([...state].filter(([, value]) => !there.has(value as string)));
	// Of several names of one object the first one counts.
	const keys = new Map([...own].map(([key, value]) => [value as string, key] as const).toReversed());
	return resolveObjects(own, objects).map(([sha256, content]) => ({
		key: keys.get(sha256)!,
		sha256,
		content,
	}));
}

function checkStatus({ status, body }: WebAnswer, url: URL, action: string): void {
	if (status === 200) return;
	const isBusy = status === 503;
	const reason = isBusy ? "it is not ready (503); try again a little later" : `it answered ${status}`;
	const words = isBusy ? "" : stringWords(body);
	const message = `${url.host}: ${action}: ${reason}${words}`;
	throw new RepositoryError(isBusy ? "ERR_REPOSITORY_BUSY" : "ERR_REPOSITORY_REFUSED", message);
}

function stringWords(body: Buffer): string {
	const text = body.toString("utf8", 0, 300).replace(/\s+/g, " ").trim();
	return text === "" ? "" : `: ${JSON.stringify(text)}`;
}
