import { foldsCase } from "../../ground/files/index.js";
import { lintState } from "../rules/index.js";
import type { State } from "../state/index.js";
import { CheckoutError } from "./errors.js";

/** Findings for keys that cannot be file names, or that devices cannot take. */
const UNUSABLE = /^STATE_KEY_(PATH|LENGTH|DIRECTORY|ESCAPE|ORDER|TOKEN)$/;

/**
 * Checks that no key leaves the directory, is inside `.pvr`, or causes errors on devices.
 * @throws CheckoutError ERR_CHECKOUT_KEY
 */
export function checkKeys(state: State): void {
	const finding = lintState(state).find(({ code }) => UNUSABLE.test(code));
	const inner = [...state.keys()].find((key) => /^\.pvr?(\/|$)/.test(key) || key.includes("\0"));
	if (finding === undefined && inner === undefined) return;
	const reason = finding?.message ?? "is the checkout's own";
	throw new CheckoutError("ERR_CHECKOUT_KEY", `${finding?.subject ?? inner}: key of a state: ${reason}`);
}

/**
 * Checks that every key gets a file of its own in a directory whose file system may fold case.
 * @throws CheckoutError ERR_CHECKOUT_KEY
 */
export function checkDistinctFiles(
	keys: Iterable<string>,
	directory: string,
	folds: boolean = foldsCase(directory),
): void {
	if (!folds) return;
	const root: FoldedNames = new Map();
	for (const key of keys) {
		let names = root;
		for (const name of key.split("/")) {
			const folded = name.normalize("NFD").toLowerCase();
			const known = names.get(folded) ?? { name, below: new Map() };
			if (known.name !== name) throw foldedName(key, known.name, directory);
			names.set(folded, known);
			names = known.below;
		}
	}
}

/** Names in a directory, ignoring case, each as first written. */
type FoldedNames = Map<string, { readonly name: string; readonly below: FoldedNames }>;

function foldedName(key: string, other: string, directory: string): CheckoutError {
	const reason = `another key has it as "${other}", and the file system of ${directory} does not distinguish case`;
	const remedy = "use one that does, such as a case-sensitive volume";
	return new CheckoutError("ERR_CHECKOUT_KEY", `${key}: write file: ${reason}: ${remedy}`);
}
