import { RegistryError } from "./errors.js";
import { shown, shownUrl } from "./message.js";
import type { Reach } from "./name-lookup.js";
import type { HttpRequest, HttpResponse, Transport } from "./transport.js";

const MAX_HOPS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Decides where redirects may lead. */
interface RedirectGuard {
	/** @param from the address of the first request. @throws RegistryError ERR_REGISTRY_UNSAFE */
	checkRedirect(target: URL, from: URL): Reach | undefined;
}

/**
 * Sends a request and follows its redirects. Another origin (scheme, host or port) gets no body, and only the
 * headers that describe the request; redirects from https to http are refused.
 */
export async function sendFollowing(
	transport: Transport,
	guard: RedirectGuard,
	request: HttpRequest,
): Promise<HttpResponse> {
	const visited = new Set<string>([request.url.href]);
	let current = request;
	for (;;) {
		const response = await transport.send(current);
		if (!REDIRECTS.has(response.status)) return response;
		await response.discard();
		const target = redirectTarget(response);
		if (visited.has(target.href)) throw unsafe(current.url, "the server redirects in a circle");
		visited.add(target.href);
		if (visited.size > MAX_HOPS + 1) throw unsafe(current.url, `more than ${MAX_HOPS} redirects`);
		const reach = guard.checkRedirect(target, request.url);
		const isSame = current.url.origin === target.origin;
		const carried = isSame ? current : { ...current, body: undefined, headers: publicHeaders(current) };
		current = { ...carried, url: target, reach };
	}
}

function redirectTarget(response: HttpResponse): URL {
	const [location] = response.header("location");
	const from = response.url;
	if (location === undefined || !URL.canParse(location, from.href)) {
		const reason = location === undefined ? "without a Location" : `to "${shownLocation(location)}"`;
		throw new RegistryError(
			"ERR_REGISTRY_RESPONSE",
			`${shownUrl(from)}: follow redirect: ${response.status} ${reason}`,
		);
	}
	const target = new URL(location, from);
	if (target.protocol !== "https:" && target.protocol !== "http:") {
		throw unsafe(from, `the server redirects to ${shown(target.protocol)}`);
	}
	if (from.protocol === "https:" && target.protocol === "http:") {
		throw unsafe(from, `the server redirects from https to ${shownUrl(target)}`);
	}
	return target;
}

/** Returns a malformed Location without its query, its fragment and its user, as they may be secret. */
function shownLocation(location: string): string {
	const path = location.split(/[?#]/, 1)[0]!;
	const user = path.lastIndexOf("@");
	if (user < 0) return shown(path);
	const scheme = path.lastIndexOf("//", user);
	return shown(path.slice(0, scheme < 0 ? 0 : scheme + 2) + path.slice(user + 1));
}

/** Headers that describe the request. Any other may be a secret: a cookie, a key of a user's own. */
const PUBLIC_HEADERS: readonly string[] = ["accept", "range"];

function publicHeaders({ headers }: HttpRequest): Readonly<Record<string, string>> {
	return Object.fromEntries(
		Object.entries(headers).filter(([name]) => PUBLIC_HEADERS.includes(name.toLowerCase())),
	);
}

function unsafe(url: URL, reason: string): RegistryError {
	return new RegistryError("ERR_REGISTRY_UNSAFE", `${shownUrl(url)}: follow redirect: ${reason}`);
}
