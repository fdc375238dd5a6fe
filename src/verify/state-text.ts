import { encodeCanonicalJson, type JsonObject, parseJson } from "../ground/json/index.js";
import { error, type Finding, warning } from "../pantavisor/rules/index.js";
import { encodeState, parseState, type State } from "../pantavisor/state/index.js";

/**
 * Checks that a device can verify signatures over a state with this text.
 * @param use a state by itself, often formatted for reading, is written again before a device sees it.
 */
export function lintStateText(
	state: State,
	text: Uint8Array,
	use: "signed" | "unsigned" | "alone",
): Finding[] {
	const written = Buffer.from(text).toString("utf8");
	if (isCanonicalInside(written, state)) return [];
	const misread = use === "alone" ? [] : lintMisread(state, written);
	const reason = {
		signed: "devices refuse the signatures over it",
		unsigned: "its text has to be changed before it can be signed",
		alone: "devices would refuse signatures over this very text",
	}[use];
	const finding = use === "signed" ? error : warning;
	return [finding("STATE_TEXT", "json", `is not canonical: ${reason}`), ...misread];
}

/** Reports what the importer misreads, whether signed or not: it does not decode strings, and loses the first key. */
function lintMisread(state: State, text: string): Finding[] {
	const [first] = state.keys();
	const lost = "is the first key in the text of the state: the importer takes it for #spec, and loses it";
	const token = otherSpelling(text);
	return [
		...(first === undefined || first === "#spec" ? [] : [error("STATE_KEY_ORDER", first, lost)]),
		...(token === undefined
			? []
			: [error("STATE_SPELLING", "json", `spells ${shown(token)} in another way`)]),
	];
}

/** Returns the first string or number of a JSON text that is not in canonical form. */
function otherSpelling(text: string): string | undefined {
	for (const token of spellings(text)) {
		if (token.startsWith('"') && !token.includes("\\")) continue;
		if (encodeCanonicalJson(parseJson(token, "json")) !== token) return token;
	}
	return undefined;
}

/** Yields the strings and numbers of a valid JSON text as it spells them. No repeated group: those overflow in long strings. */
function* spellings(text: string): Generator<string> {
	const begin = /["\-0-9]/g;
	const number = /[-+.0-9Ee]+/y;
	for (let found = begin.exec(text); found !== null; found = begin.exec(text)) {
		const at = found.index;
		number.lastIndex = at;
		const token = found[0] === '"' ? text.slice(at, endOfString(text, at)) : number.exec(text)![0];
		yield token;
		begin.lastIndex = at + token.length;
	}
}

/** Returns the position after the quotation mark that ends a string. */
function endOfString(text: string, begin: number): number {
	let at = begin + 1;
	while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
	return at + 1;
}

function shown(token: string): string {
	return token.length > 80 ? `${token.slice(0, 80)}…` : token;
}

/**
 * Returns whether the text inside each member is canonical. Devices copy it as it is, but not what is between
 * members.
 */
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
