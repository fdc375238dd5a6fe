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
	/** Is shown the state that would be committed, before it is; refuses it by throwing. */
	readonly admit?: ((place: string, state: State, objects: ObjectSource) => void) | undefined;
}

/**
 * Brings the state of a repository, or parts of it, into the committed state of a checkout, with its objects;
 * the work tree stays as it is. Objects are there before the state names them, each checked by its hash.
 * @returns the new committed state.
 * @throws RepositoryError; RegistryError; CheckoutError; ExportError. The committed state is unchanged then.
 */
export async function receiveState(checkout: Checkout, request: ReceiveRequest): Promise<State> {
	if (isRemoteAddress(request.place)) return receiveRemote(checkout, request);
	const [path, fragment] = splitFragment(request.place);
	const parts = parsePartChoice(fragment);
	const source = await openLocalSource(path, request.local);
	try {
		const chosen = chooseParts(source.state, parts, path);
		return takeOver(checkout, chosen, parts, source.objects, request);
	} finally {
		source.close();
	}
}

async function receiveRemote(checkout: Checkout, request: ReceiveRequest): Promise<State> {
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
		});
		return takeOver(checkout, chosen, parts, checkout.objects, request);
	});
}

function takeOver(
	checkout: Checkout,
	chosen: State,
	{ take, remove }: PartChoice,
	objects: ObjectSource,
	{ mode = "replace", place, admit }: ReceiveRequest,
): State {
	const all = mode === "each part" && take.length === 0 ? partNames(chosen) : take;
	const state =
		mode === "merge"
			? mergeStates(removeParts(checkout.state, remove), removeParts(chosen, remove))
			: replaceParts(checkout.state, chosen, { take: all, remove });
	const both: ObjectSource = { get: (sha256) => objects.get(sha256) ?? checkout.objects.get(sha256) };
	admit?.(place, state, both);
	importState(checkout, state, both);
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
