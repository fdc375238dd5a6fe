import { shown } from "./message.js";

/**
 * Returns the address of the page after `current` from a `Link` header (RFC 8288), undefined for the last page. It
 * must have the same origin.
 * @param refuse returns the error for another origin.
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

/** Returns the target with the relation `next` in `</v2/app/tags/list?last=z>; rel="next", <…>; rel=last`. */
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

/** Returns whether a parameter is `rel="next"`, quoted or not, possibly among other relations. */
function isNextRelation(parameter: string): boolean {
	const [name = "", value = ""] = parameter.split("=", 2);
	if (name.trim().toLowerCase() !== "rel") return false;
	return value.replaceAll('"', "").trim().toLowerCase().split(" ").includes("next");
}
