import { contentSha256 } from "../../ground/bytes/index.js";
import { type Checkout, importState, ObjectDirectory } from "../../pantavisor/checkout/index.js";
import type { ObjectSource } from "../../pantavisor/package/index.js";
import { type State, stateObjects } from "../../pantavisor/state/index.js";
import {
	isRemoteAddress,
	type PartChoice,
	parsePartChoice,
	parseRemoteAddress,
	splitFragment,
} from "./address.js";
import { type ServerOptions, withServer } from "./client.js";
import { downloadObjects, type TransferOptions } from "./download.js";
import { mergeStates } from "./merge-json.js";
import { chooseParts, partNames, removeParts, replaceParts } from "./parts.js";
import { readRemote, readRemoteState } from "./remote.js";
import { type LocalOptions, openLocalSource } from "./source.js";

export interface ReceiveRequest {
	/** A URL, an IP address, a directory or a package file; `#a,b,-c` chooses parts. */
	readonly place: string;
	/**
	 * What happens to the existing state: without names of parts it is replaced as a whole (the default), or merged
	 * with what comes, or each part that comes takes the place of that of its name.
	 */
	readonly mode?: "replace" | "merge" | "each part" | undefined;
	readonly local: LocalOptions;
	readonly server: ServerOptions;
	readonly onObject?: TransferOptions["onObject"];
	/** Called with the state before it is committed; throws to refuse it. */
	readonly admit?: ((place: string, state: State, objects: ObjectSource) => void) | undefined;
}

/** The state that results from a place, and its objects. Nothing is committed yet. */
export interface Received {
	readonly state: State;
	readonly objects: ObjectSource;
	close(): void;
}

/**
 * Brings the state of a repository, or parts of it, into the committed state of a checkout, with its objects;
 * the work tree stays as it is. Objects are there before the state names them, each checked by its hash.
 * @returns the new committed state.
 * @throws RepositoryError; RegistryError; CheckoutError; ExportError. The committed state is unchanged then.
 */
export async function receiveState(checkout: Checkout, request: ReceiveRequest): Promise<State> {
	const received = await openReceived(checkout, checkout.state, request);
	try {
		importState(checkout, received.state, received.objects);
		return received.state;
	} finally {
		received.close();
	}
}

/**
 * Reads a repository, and lays it or parts of it over a state. Objects of a server come into the store of the
 * checkout, those of local places stay where they are.
 * @param base the state before: that of the checkout, or what other places made of it.
 * @throws as `receiveState`, and what `admit` throws
 */
export async function openReceived(
	checkout: Checkout,
	base: State,
	request: ReceiveRequest,
): Promise<Received> {
	if (isRemoteAddress(request.place)) return openRemote(checkout, base, request);
	const [path, fragment] = splitFragment(request.place);
	const parts = parsePartChoice(fragment);
	const source = await openLocalSource(path, request.local);
	try {
		const chosen = chooseParts(source.state, parts, path);
		const objects: ObjectSource = {
			get: (sha256) => source.objects.get(sha256) ?? checkout.objects.get(sha256),
		};
		return { state: stateAfter(base, chosen, parts, objects, request), objects, close: () => source.close() };
	} catch (error) {
		source.close();
		throw error;
	}
}

async function openRemote(checkout: Checkout, base: State, request: ReceiveRequest): Promise<Received> {
	const { url, parts } = parseRemoteAddress(request.place);
	const { server, onObject } = request;
	return withServer(url, server, async (client) => {
		const remote = await readRemote(client, server.signal);
		const state = await readRemoteState(client, remote, server.signal);
		const chosen = chooseParts(state, parts, request.place);
		const missing = missingObjects(checkout, stateObjects(chosen));
		await downloadObjects(client, remote, missing, checkout.objectsDirectory, {
			signal: server.signal,
			onObject,
			maximum: request.local.package.maximumUnpacked,
		});
		const { objects } = checkout;
		return { state: stateAfter(base, chosen, parts, objects, request), objects, close: () => {} };
	});
}

function stateAfter(
	base: State,
	chosen: State,
	{ take, remove }: PartChoice,
	objects: ObjectSource,
	{ mode = "replace", place, admit }: ReceiveRequest,
): State {
	const all = mode === "each part" && take.length === 0 ? partNames(chosen) : take;
	const state =
		mode === "merge"
			? mergeStates(removeParts(base, remove), removeParts(chosen, remove))
			: replaceParts(base, chosen, { take: all, remove });
	admit?.(place, state, objects);
	return state;
}

/** Looks with files of its own: those that are damaged will be other files after the download. */
function missingObjects({ objectsDirectory }: Checkout, hashes: readonly string[]): string[] {
	const objects = new ObjectDirectory(objectsDirectory);
	try {
		return hashes.filter((sha256) => !hasSound(objects, sha256));
	} finally {
		objects.close();
	}
}

function hasSound(objects: ObjectSource, sha256: string): boolean {
	const content = objects.get(sha256);
	return content !== undefined && contentSha256(content) === sha256;
}
