import { encodeCanonicalJson, isJsonObject, type JsonValue } from "../../ground/json/index.js";
import type { ObjectSource } from "../../pantavisor/package/index.js";
import { objectReference, type State } from "../../pantavisor/state/index.js";
import { textLines } from "../repro/index.js";

/** A document or text file of the state that differs. */
export interface ConfigChange {
	/** Its name in the state: `demo/lxc.container.conf`. */
	readonly path: string;
	readonly change: "added" | "removed" | "content";
	/** Lines that only the old one has. For a JSON document, one line for each value: `a.b[0]: "x"`. */
	readonly removed: readonly string[];
	/** Lines that only the new one has. */
	readonly added: readonly string[];
}

interface Documents {
	readonly state: State;
	readonly objects: ObjectSource;
}

/** Returns the documents and text files that differ. Signatures are left out, because they always differ. */
export function compareConfigs(before: Documents, after: Documents): ConfigChange[] {
	const keys = [...new Set([...before.state.keys(), ...after.state.keys()])].sort();
	return keys.flatMap((path) => {
		if (path.startsWith("_sigs/")) return [];
		const [old, next] = [before.state.get(path), after.state.get(path)];
		if (old !== undefined && next !== undefined && sameValue(old, next)) return [];
		const removed = linesOf(old, before.objects);
		const added = linesOf(next, after.objects);
		if (removed === undefined || added === undefined) return [];
		const change = old === undefined ? "added" : next === undefined ? "removed" : "content";
		return [{ path, change, ...difference(removed, added) }];
	});
}

function sameValue(a: JsonValue, b: JsonValue): boolean {
	return encodeCanonicalJson(a) === encodeCanonicalJson(b);
}

/** Returns the lines of a value of a state; undefined for an object that is not text. */
function linesOf(value: JsonValue | undefined, objects: ObjectSource): readonly string[] | undefined {
	if (value === undefined) return [];
	const sha256 = objectReference(value);
	if (sha256 === undefined) return documentLines(value);
	const content = objects.get(sha256);
	const lines = content && textLines(content);
	// The last newline ends a line, and does not begin another one.
	return lines?.at(-1) === "" ? lines.slice(0, -1) : lines;
}

/**
 * Most values of a document that are compared, and most characters of the path of each. No real configuration has
 * more.
 */
const LINE_LIMIT = 10_000;
const PATH_LIMIT = 300;

/**
 * Returns a line for each value of a document, with limits: lines of a hostile document could be far longer than
 * itself.
 */
function documentLines(document: JsonValue): string[] {
	const lines: string[] = [];
	for (const line of valueLines(document, "")) {
		if (lines.length === LINE_LIMIT) return [...lines, "…"];
		lines.push(line);
	}
	return lines;
}

function* valueLines(value: JsonValue, way: string): Generator<string> {
	const path = way.length <= PATH_LIMIT ? way : `${way.slice(0, PATH_LIMIT)}…`;
	if (isJsonObject(value) && value.size > 0) {
		for (const [name, member] of value) yield* valueLines(member, path === "" ? name : `${path}.${name}`);
	} else if (Array.isArray(value) && value.length > 0) {
		for (const [i, member] of value.entries()) yield* valueLines(member, `${path}[${i}]`);
	} else {
		yield path === "" ? encodeCanonicalJson(value) : `${path}: ${encodeCanonicalJson(value)}`;
	}
}

/** Returns the lines of each side that the other side does not have as often, in order. */
function difference(old: readonly string[], next: readonly string[]) {
	return { removed: withoutEqual(old, next), added: withoutEqual(next, old) };
}

function withoutEqual(lines: readonly string[], others: readonly string[]): string[] {
	const counts = new Map<string, number>();
	for (const line of others) counts.set(line, (counts.get(line) ?? 0) + 1);
	return lines.filter((line) => {
		const count = counts.get(line) ?? 0;
		counts.set(line, count - 1);
		return count <= 0;
	});
}
