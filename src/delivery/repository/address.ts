import { isIP } from "node:net";
import { withoutTrailing } from "../../ground/bytes/index.js";
import { RepositoryError } from "./errors.js";

/** Where the web server of a device listens: pvr-sdk's default. */
const DEVICE_PORT = 12368;

/** A repository on a server, and which parts of it are meant. */
export interface RemoteAddress {
	/** Without a fragment and without a slash at its end. */
	readonly url: URL;
	readonly parts: PartChoice;
}

/** Which parts of a state are meant: `a,b,-c`. Without any name, all are. */
export interface PartChoice {
	/** Names to take; empty for all. */
	readonly take: readonly string[];
	/** Names that are removed where they arrive. */
	readonly remove: readonly string[];
}

/**
 * Parses the address of a repository on a server: a URL, or the bare address of a device, which stands for
 * `http://ADDRESS:12368/cgi-bin/pvr`; a fragment chooses parts. Below `/cgi-bin` a device has the repository at
 * `pvr`, and so a URL that ends there, or has no path, means it too.
 * @throws RepositoryError ERR_REPOSITORY_ADDRESS
 */
export function parseRemoteAddress(text: string): RemoteAddress {
	const [place, fragment] = splitFragment(text);
	if (fragment.includes("#")) {
		const reason = "expected one # before the names of parts, got several";
		throw new RepositoryError("ERR_REPOSITORY_ADDRESS", `${text}: parse address: ${reason}`);
	}
	return { url: deviceUrl(place, text), parts: parsePartChoice(fragment) };
}

/** An address for messages: without its query, which may be signed. */
export function shownAddress(url: URL): string {
	return `${url.origin}${url.pathname}`;
}

/** Whether a string is an address on the network, and no path: a URL, or a bare IP address. */
export function isRemoteAddress(text: string): boolean {
	return isRemotePlace(text.split("#", 1)[0]!);
}

function isRemotePlace(place: string): boolean {
	return /^https?:\/\//i.test(place) || isIP(bare(place)) !== 0;
}

/** `PLACE#a,b` → place and the text after `#`: the first one of an address, the last one of a path, which may have others. */
export function splitFragment(text: string): [place: string, fragment: string] {
	const at = isRemoteAddress(text) ? text.indexOf("#") : text.lastIndexOf("#");
	return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

/** `a,b,-c` → names to take, and names to remove. @throws RepositoryError ERR_REPOSITORY_ADDRESS */
export function parsePartChoice(fragment: string): PartChoice {
	const names = fragment === "" ? [] : fragment.split(",");
	const choice = { take: names.filter((name) => !name.startsWith("-")), remove: names.filter(isRemoval) };
	const remove = choice.remove.map((name) => name.slice(1));
	const bad = [...choice.take, ...remove].find((name) => bareName(name) === "");
	if (bad !== undefined) throw partsError(fragment, "expected names, got an empty one");
	const taken = new Set(choice.take.map(bareName));
	const both = remove.find((name) => taken.has(bareName(name)));
	if (both === undefined) return { take: choice.take, remove };
	throw partsError(fragment, `expected a name to take or to remove, got both: ${both}`);
}

/** `/web/` → `web` */
function bareName(name: string): string {
	return name.replace(/^\/+|\/+$/g, "");
}

function partsError(fragment: string, reason: string): RepositoryError {
	return new RepositoryError("ERR_REPOSITORY_ADDRESS", `#${fragment}: parse parts: ${reason}`);
}

function isRemoval(name: string): boolean {
	return name.startsWith("-");
}

function deviceUrl(place: string, text: string): URL {
	const family = isIP(bare(place));
	if (family !== 0)
		return new URL(`http://${family === 6 ? `[${bare(place)}]` : place}:${DEVICE_PORT}/cgi-bin/pvr`);
	if (!/^https?:\/\//i.test(place) || !URL.canParse(place)) {
		const expected = "expected an IP address, or http[s]://HOST[:PORT][/PATH] for a name or a port";
		const meant = /^[\w.-]+(:\d+)?$/.test(place) ? `, such as http://${place}` : "";
		throw new RepositoryError("ERR_REPOSITORY_ADDRESS", `${text}: parse address: ${expected}${meant}`);
	}
	const url = new URL(place);
	if (url.username !== "" || url.password !== "") {
		throw new RepositoryError(
			"ERR_REPOSITORY_ADDRESS",
			`${url.host}: parse address: a user is not supported, use --header`,
		);
	}
	[url.hash, url.search] = ["", ""];
	url.pathname = repositoryPath(url);
	return url;
}

/** `/` and `/cgi-bin` are those of a device. */
function repositoryPath(url: URL): string {
	const path = withoutTrailing(url.pathname, "/");
	return path === "" || path === "/cgi-bin" ? "/cgi-bin/pvr" : path;
}

/** `[::1]` → `::1` */
function bare(host: string): string {
	return host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
}
