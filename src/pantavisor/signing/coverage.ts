import { compareCodePoints, type JsonObject, jsonObject } from "../../ground/json/index.js";
import type { State } from "../state/index.js";
import type { Signature } from "./signature.js";

/** What the signatures of a state say about its keys; each list sorted. */
export interface Coverage {
	/** Covered by at least one signature. */
	readonly protected: readonly string[];
	/** Left out by an exclude, and covered by none. */
	readonly excluded: readonly string[];
	/** Neither. */
	readonly notseen: readonly string[];
	/** Keys that strict secure boot refuses: outside `_sigs/`, no include or exclude mentions them. */
	readonly uncovered: readonly string[];
}

/** Returns which keys of a state its signatures cover. */
export function coverageOf(state: State, signatures: readonly Signature[]): Coverage {
	const keys = [...state.keys()].sort(compareCodePoints);
	const covered = keys.filter((key) => signatures.some((m) => m.included(key) && !m.excluded(key)));
	const isCovered = new Set(covered);
	const others = keys.filter((key) => !isCovered.has(key));
	const isExcluded = (key: string): boolean => signatures.some((m) => m.excluded(key));
	const notseen = others.filter((key) => !isExcluded(key));
	return {
		protected: covered,
		excluded: others.filter(isExcluded),
		notseen,
		uncovered: notseen.filter((key) => !key.startsWith("_sigs/")),
	};
}

/** What `pvr sig ls` prints (docs/formats/pvr.md#listing); empty lists are left out. */
export function signatureListing(
	coverage: Coverage,
	signatures: readonly Signature[],
	options: {
		readonly withSignatures?: boolean;
		readonly withPayload?: (signature: Signature) => string;
	} = {},
): JsonObject {
	const list = (keys: readonly string[]): readonly string[] | undefined =>
		keys.length > 0 ? keys : undefined;
	const files = signatures.map((signature) =>
		jsonObject({
			payload: options.withPayload?.(signature),
			protected: signature.protectedPart,
			signature: signature.signature.toString("base64url"),
		}),
	);
	return jsonObject({
		protected: list(coverage.protected),
		excluded: list(coverage.excluded),
		notseen: list(coverage.notseen),
		sigs: options.withSignatures && files.length > 0 ? files : undefined,
	});
}
