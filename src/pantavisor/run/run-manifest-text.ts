import {
	encodeCompactJson,
	encodeIndentedJson,
	isJsonObject,
	type JsonObject,
	type JsonValue,
	sortJson,
} from "../../ground/json/index.js";

/**
 * Returns the text of `run.json` as pvr's template writes it into a working directory
 * (docs/formats/pvr.md#layout-of-runjson). States contain only its value, but the same text avoids a needless diff
 * where pvr uses the same directory. Unlike pvr, several volumes are written as valid JSON.
 */
export function encodeRunManifestText(run: JsonObject): string {
	const members = [...run].map(([name, value]) => (MEMBERS[name] ?? text)(name, value));
	// Only volumes, which pvr writes last, is written without a comma.
	return `{${members.join("").replace(/,$/, "")}\n}`;
}

type Write = (name: string, value: JsonValue) => string;

const item = (name: string, value: string): string => `\n\t"${name}":${value},`;
const text: Write = (name, value) => item(name, ` ${encodeCompactJson(value)}`);
const tight: Write = (name, value) => item(name, encodeCompactJson(value));

/**
 * Formats a value as Go's template function does: sorted, two spaces a level, `prefix` before every line except the
 * first.
 */
function pretty(value: JsonValue, prefix: string): string {
	return encodeIndentedJson(sortJson(value), "  ", prefix);
}

const DEEP = " ".repeat(8);

const MEMBERS: Readonly<Record<string, Write>> = {
	name: tight,
	type: tight,
	conditions: (name, value) => item(name, pretty(value, "\t")),
	drivers: lists,
	services: lists,
	auto_recovery: (name, value) => item(name, ` ${pretty(value, "\t")}`),
	automodfw: (name, value) => item(name, ` ${pretty(value, "")}`),
	remount: (name, value) => item(name, ` ${pretty(value, DEEP)}`),
	network,
	storage,
	exports: (name, value) => `"${name}": ${DEEP}${pretty(value, DEEP)},`,
	logs: (name, value) => `"${name}": ${DEEP}${pretty(value, DEEP)},`,
	roles: (name, value) => item(name, `${DEEP}${pretty(value, DEEP)}`),
	volumes,
};

function members(value: JsonValue): [string, JsonValue][] {
	return isJsonObject(value) ? [...value] : [];
}

function lists(name: string, value: JsonValue): string {
	const lines = members(value).map(([list, items]) => {
		const empty = Array.isArray(items) && items.length === 0;
		return `\n\t\t"${list}":${empty ? "[]" : ` ${encodeCompactJson(sortJson(items))}`}`;
	});
	return item(name, ` {${lines.join(",")}\n\t}`);
}

function network(name: string, value: JsonValue): string {
	const isPool = isJsonObject(value) && value.size > 1 && value.keys().next().value === "pool";
	if (!isPool) return text(name, value);
	const pairs = members(value).map(([key, entry]) => `"${key}": ${encodeCompactJson(entry)}`);
	return item(name, ` {\n\t\t${pairs[0]},\n\t\t${pairs.slice(1).join(",")}\n\t}`);
}

function storage(name: string, value: JsonValue): string {
	const entries = members(value).map(([volume, entry]) => {
		const pairs = members(entry).map(([key, word]) => `\n\t\t\t"${key}": ${encodeCompactJson(word)}`);
		const colon = volume === "lxc-overlay" ? " : " : ": ";
		return `\n\t\t"${volume}"${colon}{${pairs.join(",")}\n\t\t}`;
	});
	return item(name, `{${entries.join(",")}\n\t}`);
}

/** Returns the last member: three lines of two tabs, with the list after the third, and no comma. */
function volumes(name: string, value: JsonValue): string {
	const names = Array.isArray(value) ? value.map(encodeCompactJson).join(",\n\t\t") : "";
	return `\n\t"${name}":[\n\t\t\n\t\t\n\t\t${names}\n\t]`;
}
