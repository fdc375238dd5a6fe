import type { State } from "../../pantavisor/state/index.js";
import type { PartChoice } from "./address.js";
import { RepositoryError } from "./errors.js";

/**
 * Returns the members of a state that a choice of parts means: those at or below the names; without names,
 * all. Names that begin with a dash are for `applyState`, not for this.
 * @throws RepositoryError ERR_REPOSITORY_PART for a name that the state does not have.
 */
export function chooseParts(state: State, { take }: PartChoice, subject: string): State {
	if (take.length === 0) return state;
	const missing = take.find((part) => ![...state.keys()].some((key) => isBelow(key, part)));
	if (missing !== undefined) {
		const parts = partNames(state).join(", ") || "none";
		throw new RepositoryError(
			"ERR_REPOSITORY_PART",
			`${subject}: choose parts: expected part ${missing}, got none; the parts are: ${parts}`,
		);
	}
	return new Map([...state].filter(([key]) => key === "#spec" || take.some((part) => isBelow(key, part))));
}

/**
 * Returns the state that comes of putting chosen parts of another into it. Without names the whole state is
 * replaced; with names only what they mean; with removals alone, nothing comes in.
 * @param chosen what `chooseParts` returned.
 */
export function replaceParts(state: State, chosen: State, { take, remove }: PartChoice): State {
	if (take.length === 0 && remove.length === 0) return chosen;
	const kept = removeParts(state, [...take, ...remove]);
	return new Map([...kept, ...(take.length === 0 ? [] : removeParts(chosen, remove))]);
}

/** Returns a state without the keys at or below some names. */
export function removeParts(state: State, names: readonly string[]): State {
	return new Map([...state].filter(([key]) => !names.some((part) => isBelow(key, part))));
}

/** The names at the top of a state, but for `#spec`. */
export function partNames(state: State): string[] {
	const names = [...state.keys()].filter((key) => key !== "#spec").map((key) => key.split("/", 1)[0]!);
	return [...new Set(names)].sort();
}

/** Whether a key is the part or lies below it: `web` has nothing to do with `webfoo/…`. */
function isBelow(key: string, part: string): boolean {
	const name = part.replace(/^\/+|\/+$/g, "");
	return key === name || key.startsWith(`${name}/`);
}
