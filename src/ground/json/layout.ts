import { JsonNumber, type JsonValue } from "./value.js";

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
	'"': '\\"',
	"\\": "\\\\",
	"\n": "\\n",
	"\r": "\\r",
	"\t": "\\t",
};

/**
 * Returns the value as compact text, members in their order, numbers by their literal, and `<`, `>`, `&`,
 * U+2028, U+2029 escaped as Go's encoder does (docs/formats/pvr.md#layout-of-srcjson).
 */
export function encodeCompactJson(value: JsonValue): string {
	return encode(value, undefined);
}

/**
 * Returns the value as `encodeCompactJson` does, with one member or element per line.
 *
 * @param indent added once per level of nesting: one space in `src.json`, four in a checkout.
 * @param prefix begins every line but the first: one space in `src.json`.
 */
export function encodeIndentedJson(value: JsonValue, indent: string, prefix: string = ""): string {
	return encode(value, { indent, newline: `\n${prefix}` });
}

interface Layout {
	readonly indent: string;
	/** What begins a line at this depth. */
	readonly newline: string;
}

function encode(value: JsonValue, layout: Layout | undefined): string {
	if (typeof value === "string") return encodeString(value);
	if (value instanceof JsonNumber) return value.literal;
	if (Array.isArray(value)) {
		return bracket(
			"[",
			value.map((item) => (inner: Layout | undefined) => encode(item, inner)),
			"]",
			layout,
		);
	}
	if (value instanceof Map) {
		const colon = layout ? ": " : ":";
		const members = [...value].map(
			([name, member]) =>
				(inner: Layout | undefined) =>
					`${encodeString(name)}${colon}${encode(member, inner)}`,
		);
		return bracket("{", members, "}", layout);
	}
	return String(value);
}

function bracket(
	open: string,
	items: readonly ((inner: Layout | undefined) => string)[],
	close: string,
	layout: Layout | undefined,
): string {
	if (items.length === 0) return open + close;
	const inner = layout && { ...layout, newline: layout.newline + layout.indent };
	const separator = `,${inner?.newline ?? ""}`;
	const lines = items.map((item) => item(inner)).join(separator);
	return `${open}${inner?.newline ?? ""}${lines}${layout?.newline ?? ""}${close}`;
}

function encodeString(text: string): string {
	return `"${text.replace(/["\\\x00-\x1f<>&\u2028\u2029]/g, escapeCharacter)}"`;
}

function escapeCharacter(character: string): string {
	return SHORT_ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
