import { withoutTrailing } from "../../ground/bytes/index.js";
import { isJsonObject, type JsonObject, parseJson } from "../../ground/json/index.js";
import type { WebClient } from "../../image/registry/index.js";
import { parseRunningState, type State } from "../../pantavisor/state/index.js";
import { shownAddress } from "./address.js";
import { RepositoryError } from "./errors.js";

/** A repository on a server, as its `.pvrremote` describes it (docs/formats/delivery.md#repositories). */
export interface Remote {
	readonly spec: string;
	/** Where its state is read and, by `put`, written. */
	readonly stateUrl: URL;
	/** Where its objects are; without a slash at its end. */
	readonly objectsUrl: URL;
	/** Where revisions are posted; undefined where the repository takes none. */
	readonly postUrl: URL | undefined;
	/** The member of a posted revision that holds the state. */
	readonly stateMember: string;
}

/** Most bytes of `.pvrremote`, and of answers about one object. */
export const DOCUMENT_LIMIT: number = 1 << 20;
/** Most bytes of a state. */
const STATE_LIMIT = 1 << 26;

/** Reads the description of the repository at the client's home. @throws RepositoryError; RegistryError */
export async function readRemote(client: WebClient, signal: AbortSignal | undefined): Promise<Remote> {
	const url = below(client.home, ".pvrremote");
	const text = await client.read({ url, signal }, "read repository", DOCUMENT_LIMIT);
	const members = parseDocument(text, shownAddress(url));
	const address = (name: string): URL | undefined => {
		const value = members.get(name);
		if (value === undefined || value === null || value === "") return undefined;
		if (typeof value === "string" && URL.canParse(value, url.href)) return new URL(value, url);
		throw answerError(url, `${name}: expected an address, got another value`);
	};
	const needed = (name: string): URL => {
		const value = address(name);
		if (value === undefined) throw answerError(url, `expected ${name}, got none`);
		return value;
	};
	const objects = needed("objects-endpoint");
	objects.pathname = withoutTrailing(objects.pathname, "/");
	return {
		spec: stringOf(members, "pvr-spec") ?? "",
		stateUrl: needed("json-get-url"),
		objectsUrl: objects,
		postUrl: address("post-url"),
		stateMember: stringOf(members, "json-key") || "post",
	};
}

/** Reads the state of a repository. @throws RepositoryError; RegistryError; JsonError; PantavisorError */
export async function readRemoteState(
	client: WebClient,
	{ stateUrl }: Remote,
	signal: AbortSignal | undefined,
): Promise<State> {
	const text = await client.read({ url: stateUrl, signal }, "read state", STATE_LIMIT);
	return parseRunningState(text, shownAddress(stateUrl));
}

/** An answer that has to be a JSON object. @throws JsonError; RepositoryError ERR_REPOSITORY_ANSWER */
export function parseDocument(text: Uint8Array, subject: string): JsonObject {
	const value = parseJson(text, subject);
	if (isJsonObject(value)) return value;
	throw new RepositoryError(
		"ERR_REPOSITORY_ANSWER",
		`${subject}: read answer: expected a JSON object, got another value`,
	);
}

/** A member that is a string; undefined for anything else. */
export function stringOf(document: JsonObject, name: string): string | undefined {
	const value = document.get(name);
	return typeof value === "string" ? value : undefined;
}

/** An address below another one. */
export function below(base: URL, path: string): URL {
	return new URL(`${withoutTrailing(base.pathname, "/")}/${path}${base.search}`, base);
}

export function answerError(url: URL, reason: string): RepositoryError {
	return new RepositoryError("ERR_REPOSITORY_ANSWER", `${shownAddress(url)}: read answer: ${reason}`);
}
