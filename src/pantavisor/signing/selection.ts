import { posix } from "node:path";
import type { JsonObject } from "../../ground/json/index.js";
import type { State } from "../state/index.js";
import { type KeyMatcher, parseGlobs } from "./glob.js";

/** What a signature covers: keys that match an include and no exclude (docs/formats/pvr.md#what-a-signature-covers). */
export interface Selection {
	readonly include: readonly string[];
	readonly exclude: readonly string[];
}

/** Options of what a signature over a container covers. */
export interface SelectionOptions {
	/** Replaces the default patterns, which include everything. */
	readonly include?: readonly string[] | undefined;
	/** Replaces the default pattern, `src.json`. */
	readonly exclude?: readonly string[] | undefined;
	/** Leaves `_config/NAME` out. */
	readonly noConfig?: boolean | undefined;
}

/** Returns the selection of a container: its directory and its `_config`, without `src.json`. */
export function partSelection(name: string, options: SelectionOptions = {}): Selection {
	const { include = ["**"], exclude = ["src.json"], noConfig = false } = options;
	const below = (pattern: string): string => posix.join(name, pattern).replace(/\/$/, "");
	return {
		include: [...include.map(below), ...(noConfig ? [] : [`_config/${name}/**`])],
		exclude: [...exclude.map(below), `_sigs/${name}.json`],
	};
}

/** Returns a selection by patterns over the whole state. The signature never covers itself. */
export function rawSelection(name: string, options: SelectionOptions = {}): Selection {
	const { include = ["**"], exclude = ["src.json"] } = options;
	return { include: [...include], exclude: [...exclude, `_sigs/${name}.json`] };
}

/** Returns the members of a state that a selection covers. @throws SigningError ERR_PATTERN */
export function selectMembers(state: State, selection: Selection): JsonObject {
	const included = anyGlob(selection.include);
	const excluded = anyGlob(selection.exclude);
	return new Map([...state].filter(([key]) => included(key) && !excluded(key)));
}

/** Returns a matcher of what any of the patterns matches. @throws SigningError ERR_PATTERN */
export function anyGlob(patterns: readonly string[]): KeyMatcher {
	return parseGlobs(patterns).matches;
}
