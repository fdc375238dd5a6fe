import { encodeCanonicalJson, type JsonObject } from "../ground/json/index.js";
import { error, type Finding, warning } from "../pantavisor/rules/index.js";
import { encodeState, parseState, type State } from "../pantavisor/state/index.js";

/**
 * Whether the text of a state is one that signatures over it can be checked with on a device.
 * @param use a state by itself, often laid out for reading, is written again before a device sees it.
 */
export function lintStateText(
	state: State,
	text: Uint8Array,
	use: "signed" | "unsigned" | "alone",
): Finding[] {
	if (isCanonicalInside(Buffer.from(text).toString("utf8"), state)) return [];
	const reason = {
		signed: "devices refuse the signatures over it",
		unsigned: "it cannot be signed as it stands",
		alone: "devices would refuse signatures over this very text",
	}[use];
	const finding = use === "signed" ? error : warning;
	return [finding("STATE_TEXT", "json", `is not canonical: ${reason}`)];
}

/** Devices copy the text of each member: what lies between members does not count, all else does. */
function isCanonicalInside(text: string, state: State): boolean {
	const canonical = encodeState(state);
	if (text === canonical) return true;
	let rest = text.trim();
	const take = (token: string): boolean => {
		const matches = rest.startsWith(token);
		rest = rest.slice(token.length).trimStart();
		return matches;
	};
	const tokens = [...(parseState(canonical, "json") as JsonObject)].flatMap(([key, value], i) => [
		i === 0 ? "{" : ",",
		encodeCanonicalJson(key),
		":",
		encodeCanonicalJson(value),
	]);
	return [...tokens, "}"].every(take) && rest === "";
}
