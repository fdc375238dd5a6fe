import { lintState } from "../rules/index.js";
import type { State } from "../state/index.js";
import { CheckoutError } from "./errors.js";

/** Findings that make a key no file name, or none that a device could take. */
const UNUSABLE = /^STATE_KEY_(PATH|LENGTH|DIRECTORY|ESCAPE|ORDER|TOKEN)$/;

/**
 * No key may leave the directory, reach into `.pvr`, or be one that devices stumble over.
 * @throws CheckoutError ERR_CHECKOUT_KEY
 */
export function checkKeys(state: State): void {
	const finding = lintState(state).find(({ code }) => UNUSABLE.test(code));
	const inner = [...state.keys()].find((key) => /^\.pvr?(\/|$)/.test(key) || key.includes("\0"));
	if (finding === undefined && inner === undefined) return;
	const reason = finding?.message ?? "is the checkout's own";
	throw new CheckoutError("ERR_CHECKOUT_KEY", `${finding?.subject ?? inner}: key of a state: ${reason}`);
}
