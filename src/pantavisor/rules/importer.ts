import {
	compareCodePoints,
	encodeCanonicalJson,
	isJsonObject,
	type JsonObject,
	type JsonValue,
	parseJson,
} from "../../ground/json/index.js";
import { PantavisorError, STATE_SPEC, type State } from "../state/index.js";

const SIGNATURES = "_sigs/";
/**
 * Most patterns of all signatures of a state, as the importer counts them: it may count some patterns of a list
 * several times.
 */
const MOST_PATTERNS = 1 << 16;

/** What becomes of a device's state when a package is added. */
export interface LaidState {
	/** The new state, sorted as the importer writes it. */
	readonly state: State;
	/** Keys of the old state that were removed or replaced, sorted. */
	readonly removed: readonly string[];
	/** Keys that the importer writes twice, with the old value before the new one. Sorted. */
	readonly doubled: readonly string[];
}

/**
 * Adds a package to a device's state exactly as the importer, `pvtx add`, does
 * (docs/formats/devices.md#the-importer). Every key of the package removes the keys that begin with it. The key of
 * a signature also removes the keys that begin with a pattern of the device's own signature of this name, except
 * keys that more patterns of all its signatures cover. Then the keys of the package are added.
 *
 * Both states are read in canonical order. The first key of each is skipped, as the importer takes it for `#spec`
 * without checking.
 * @throws PantavisorError ERR_STATE when a signature's protected part cannot be decoded: the importer refuses it.
 */
export function layPackage(running: State, incoming: State): LaidState {
	const before = importerKeys(running);
	const after = importerKeys(incoming);
	importerPatterns(incoming, after);
	const remove = removalOf(running, before);
	const removed = new Set(after.flatMap(remove));
	const kept = before.filter((key) => !removed.has(key));
	const incomingKeys = new Set(after);
	return {
		state: stateOf([...kept.map((key) => [key, running.get(key)!] as const), ...entriesOf(incoming, after)]),
		removed: [...removed].sort(compareCodePoints),
		doubled: kept.filter((key) => incomingKeys.has(key)),
	};
}

/**
 * Returns a device's state without a part, exactly as `pvtx remove` leaves it.
 * @throws PantavisorError ERR_STATE, as `layPackage` does.
 */
export function layRemoval(running: State, part: string): LaidState {
	const before = importerKeys(running);
	const removed = new Set(removalOf(running, before)(part));
	const kept = before.filter((key) => !removed.has(key));
	return {
		state: stateOf(entriesOf(running, kept)),
		removed: [...removed].sort(compareCodePoints),
		doubled: [],
	};
}

function importerKeys(state: State): string[] {
	return [...state.keys()].sort(compareCodePoints).slice(1);
}

function entriesOf(state: State, keys: readonly string[]): (readonly [string, JsonValue])[] {
	return keys.map((key) => [key, state.get(key)!] as const);
}

function stateOf(entries: readonly (readonly [string, JsonValue])[]): State {
	const merged = new Map(entries);
	merged.delete("#spec");
	const sorted = [...merged].sort(([a], [b]) => compareCodePoints(a, b));
	return new Map([["#spec", STATE_SPEC], ...sorted]);
}

/** Returns a function from a part, or a key of a package, to the keys of the state that it removes. */
function removalOf(state: State, keys: readonly string[]): (part: string) => string[] {
	const all = importerPatterns(state, keys);
	const covered = prefixCounts(keys, all.flat());
	const names = keys.filter(isSignatureKey).map((key) => key.slice(SIGNATURES.length));
	return (part) => {
		const name = part.replace(/^_(config|sigs)\//, "");
		const own = firstAtLeast(names, name);
		const patterns = names[own]?.startsWith(name) ? [part, ...all[own]!] : [part];
		const matches = new Map<number, number>();
		for (const pattern of patterns) {
			const [begin, end] = prefixRange(keys, pattern);
			for (let at = begin; at < end; at++) matches.set(at, (matches.get(at) ?? 0) + 1);
		}
		return [...matches].filter(([at, count]) => covered[at]! <= count).map(([at]) => keys[at]!);
	};
}

/** Returns how many of the patterns each of the sorted keys begins with. */
function prefixCounts(keys: readonly string[], patterns: readonly string[]): number[] {
	const steps = new Array<number>(keys.length + 1).fill(0);
	for (const pattern of patterns) {
		const [begin, end] = prefixRange(keys, pattern);
		steps[begin]!++;
		steps[end]!--;
	}
	let count = 0;
	return keys.map((_, at) => {
		count += steps[at]!;
		return count;
	});
}

/** Returns the range of the sorted keys that begin with a prefix: from `begin` to before `end`. */
function prefixRange(keys: readonly string[], prefix: string): [begin: number, end: number] {
	const begin = firstAtLeast(keys, prefix);
	return [begin, partition(begin, keys.length, (at) => !keys[at]!.startsWith(prefix))];
}

function firstAtLeast(keys: readonly string[], key: string): number {
	return partition(0, keys.length, (at) => compareCodePoints(keys[at]!, key) >= 0);
}

/**
 * Returns the first index from `low` on for which a condition holds, and which then holds for all later ones;
 * `high` if there is none.
 */
function partition(low: number, high: number, holds: (at: number) => boolean): number {
	let [from, to] = [low, high];
	while (from < to) {
		const middle = (from + to) >>> 1;
		if (holds(middle)) to = middle;
		else from = middle + 1;
	}
	return from;
}

function isSignatureKey(key: string): boolean {
	return key.startsWith(SIGNATURES);
}

/** Returns the patterns of each signature among the keys, in the order of the keys, cut at the first `*`. */
function importerPatterns(state: State, keys: readonly string[]): string[][] {
	let left = MOST_PATTERNS;
	return keys.filter(isSignatureKey).map((key) => {
		const document = state.get(key);
		const header = isJsonObject(document) ? document.get("protected") : undefined;
		const patterns = typeof header === "string" ? headerPatterns(header, key, left) : [];
		left -= patterns.length;
		return patterns;
	});
}

/** A token as the importer's JSON reader returns it: the string without quotes, and the number of tokens below it. */
interface Token {
	readonly text: string;
	readonly size: number;
}

/**
 * Returns the items of the lists after tokens of a protected header that begin with `include` or `exclude`. The
 * importer looks at nothing else, and reads what follows until a token has tokens below it.
 */
function headerPatterns(header: string, key: string, most: number): string[] {
	const tokens = [...tokensOf(decodeHeader(header, key))];
	const patterns: string[] = [];
	for (const [at, { text }] of tokens.entries()) {
		if (!/^(include|exclude)/.test(text)) continue;
		for (let next = at + 2; tokens[next]?.size === 0; next++) {
			if (patterns.length === most) throw tooMany(key);
			patterns.push(tokens[next]!.text.replace(/\*.*$/s, ""));
		}
	}
	return patterns;
}

function tooMany(key: string): PantavisorError {
	const reason = `its patterns and those before it are more than the limit of ${MOST_PATTERNS}`;
	return new PantavisorError("ERR_STATE", `${key}: read signature: ${reason}`);
}

function decodeHeader(header: string, key: string): JsonValue {
	try {
		return parseJson(Buffer.from(header, "base64url"), `${key}: protected`);
	} catch (cause) {
		const reason = "its protected part is not JSON in base64url: the importer refuses the whole state";
		throw new PantavisorError("ERR_STATE", `${key}: read signature: ${reason}`, { cause });
	}
}

function* tokensOf(value: JsonValue): Generator<Token> {
	if (isJsonObject(value)) yield* objectTokens(value);
	else if (Array.isArray(value)) {
		yield { text: "[", size: value.length };
		for (const item of value) yield* tokensOf(item);
	} else yield { text: typeof value === "string" ? bareText(value) : String(value), size: 0 };
}

function* objectTokens(object: JsonObject): Generator<Token> {
	yield { text: "{", size: object.size };
	for (const [name, member] of object) {
		yield { text: bareText(name), size: 1 };
		yield* tokensOf(member);
	}
}

/** Returns a string as JSON writes it, without the quotes: the importer does not decode escapes. */
function bareText(text: string): string {
	return encodeCanonicalJson(text).slice(1, -1);
}
