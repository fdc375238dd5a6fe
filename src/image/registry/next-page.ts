import { shown } from "./message.js";

/**
 * Returns the address of the page after `current` as a `Link` header has it (RFC 8288), undefined for the last one. It
 * has to be on the same origin.
 * @param refuse returns the error for an address that is not.
 */
export function nextPage(
	headers: readonly string[],
	current: URL,
	refuse: (reason: string) => Error,
): URL | undefined {
	const target = headers.map(nextLink).find((link) => link !== undefined);
	if (target === undefined) return undefined;
	if (!URL.canParse(target, current.href)) throw refuse(`the next page is at "${shown(target)}"`);
	const next = new URL(target, current);
	if (next.origin !== current.origin) throw refuse(`the next page is elsewhere, at ${next.origin}`);
	return next;
}

/** `</v2/app/tags/list?last=z>; rel="next", <…>; rel=last` → the target whose relation is `next`. */
function nextLink(header: string): string | undefined {
	for (let start = header.indexOf("<"); start >= 0; start = header.indexOf("<", start + 1)) {
		const end = header.indexOf(">", start);
		if (end < 0) return undefined;
		const comma = header.indexOf(",", end);
		const parameters = header.slice(end + 1, comma < 0 ? header.length : comma).split(";");
		if (parameters.some(isNextRelation)) return header.slice(start + 1, end);
		start = comma < 0 ? header.length : comma;
	}
	return undefined;
}

/** `rel="next"`, quoted or not, among other relations too. */
function isNextRelation(parameter: string): boolean {
	const [name = "", value = ""] = parameter.split("=", 2);
	if (name.trim().toLowerCase() !== "rel") return false;
	return value.replaceAll('"', "").trim().toLowerCase().split(" ").includes("next");
}
