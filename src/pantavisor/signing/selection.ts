import { posix } from "node:path";
import type { JsonObject } from "../../ground/json/index.js";
import type { State } from "../state/index.js";
import { type KeyMatcher, parseGlobs } from "./glob.js";

/** What a signature covers: keys that match an include and no exclude (docs/formats/pvr.md#what-a-signature-covers). */
export interface Selection {
	readonly include: readonly string[];
	readonly exclude: readonly string[];
}

/** What a signature over a container leaves out. */
export interface SelectionOptions {
	/** Replaces the default, everything. */
	readonly include?: readonly string[] | undefined;
	/** Replaces the default, `src.json`. */
	readonly exclude?: readonly string[] | undefined;
	/** Leaves `_config/NAME` out. */
	readonly noConfig?: boolean | undefined;
}

/** The selection of a container: its directory and its `_config`, without `src.json`. */
export function partSelection(name: string, options: SelectionOptions = {}): Selection {
	const { include = ["**"], exclude = ["src.json"], noConfig = false } = options;
	const below = (pattern: string): string => posix.join(name, pattern).replace(/\/$/, "");
	return {
		include: [...include.map(below), ...(noConfig ? [] : [`_config/${name}/**`])],
		exclude: [...exclude.map(below), `_sigs/${name}.json`],
	};
}

/** A selection by patterns over the whole state; the signature never covers itself. */
export function rawSelection(name: string, options: SelectionOptions = {}): Selection {
	const { include = ["**"], exclude = ["src.json"] } = options;
	return { include: [...include], exclude: [...exclude, `_sigs/${name}.json`] };
}

/** The members of a state that a selection covers. @throws SigningError ERR_PATTERN */
export function selectMembers(state: State, selection: Selection): JsonObject {
	const included = anyGlob(selection.include);
	const excluded = anyGlob(selection.exclude);
	return new Map([...state].filter(([key]) => included(key) && !excluded(key)));
}

/** Matches what any of the patterns does. @throws SigningError ERR_PATTERN */
export function anyGlob(patterns: readonly string[]): KeyMatcher {
	return parseGlobs(patterns).matches;
}
