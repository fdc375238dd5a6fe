import { JsonError } from "./errors.js";
import { sortedMembers } from "./order.js";
import { JsonNumber, type JsonValue } from "./value.js";

/** Most zeros an exponent may add: `1e9999999` would otherwise become ten megabytes of state. */
const MAXIMUM_EXPONENT = 10_000;
/** Most zeros that the exponents of one document may add together. */
const MAXIMUM_ZEROS = 1 << 20;

const NUMBER = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/;
const SHORT_ESCAPES: Readonly<Record<string, string>> = {
	'"': '\\"',
	"\\": "\\\\",
	"\b": "\\b",
	"\t": "\\t",
	"\n": "\\n",
	"\f": "\\f",
	"\r": "\\r",
};

/**
 * Returns the canonical text of a value, as states, signatures and signed payloads use it: no whitespace,
 * members in code point order, one spelling per number (docs/formats/pvr.md#canonical-json).
 *
 * @throws JsonError ERR_JSON_NUMBER when a number is too large to be written out.
 */
export function encodeCanonicalJson(value: JsonValue): string {
	return encodeValue(value, { zeros: 0 });
}

/** @param spent counts the zeros that the document has so far. */
function encodeValue(value: JsonValue, spent: { zeros: number }): string {
	if (typeof value === "string") return canonicalString(value);
	if (value instanceof JsonNumber) return canonicalNumber(value.literal, spent);
	if (Array.isArray(value)) return `[${value.map((item) => encodeValue(item, spent)).join(",")}]`;
	if (value instanceof Map) {
		const members = sortedMembers(value);
		return `{${members.map(([name, member]) => `${canonicalString(name)}:${encodeValue(member, spent)}`).join(",")}}`;
	}
	return String(value);
}

function canonicalString(text: string): string {
	return `"${text.replace(/["\\\x00-\x1f]/g, escapeCharacter)}"`;
}

function escapeCharacter(character: string): string {
	const hex = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
	return SHORT_ESCAPES[character] ?? `\\u${hex}`;
}

/** Works on the literal, so that no number loses a digit; integers plain, others as `d.dE±x`. */
function canonicalNumber(literal: string, spent: { zeros: number }): string {
	const [, sign, whole, fraction = "", exponent = "0"] = NUMBER.exec(literal) ?? [];
	if (whole === undefined) throw new TypeError(`JSON number: expected a number literal, got ${literal}`);
	const written = whole + fraction;
	const digits = trimZeros(written);
	if (digits === "") return "0";
	const scale = Number(exponent) - fraction.length + trailingZeros(written);
	if (scale > MAXIMUM_EXPONENT || !Number.isSafeInteger(scale)) {
		const shown = literal.length > 40 ? `${literal.slice(0, 40)}…` : literal;
		throw new JsonError("ERR_JSON_NUMBER", `JSON number: encode: ${shown} is too large to be written out`);
	}
	spent.zeros += Math.max(0, scale);
	if (spent.zeros > MAXIMUM_ZEROS) {
		throw new JsonError(
			"ERR_JSON_NUMBER",
			`JSON numbers: encode: their exponents add more zeros than the limit of ${MAXIMUM_ZEROS}`,
		);
	}
	if (scale >= 0) return `${sign}${digits}${"0".repeat(scale)}`;
	return `${sign}${digits[0]}.${digits.slice(1) || "0"}E${digits.length - 1 + scale}`;
}

function trimZeros(digits: string): string {
	let start = 0;
	while (digits[start] === "0") start++;
	return digits.slice(start, Math.max(start, digits.length - trailingZeros(digits)));
}

function trailingZeros(digits: string): number {
	let end = digits.length;
	while (end > 0 && digits[end - 1] === "0") end--;
	return digits.length - end;
}
