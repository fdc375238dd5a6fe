import { compareCodePoints, type JsonObject, jsonObject } from "../../ground/json/index.js";
import type { State } from "../state/index.js";
import type { Signature } from "./signature.js";

/** Keys of a state by how its signatures cover them; each list is sorted. */
export interface Coverage {
	/** Keys that at least one signature covers. */
	readonly protected: readonly string[];
	/** Keys that an exclude leaves out, and that no signature covers. */
	readonly excluded: readonly string[];
	/** All other keys. */
	readonly notseen: readonly string[];
	/** Keys that strict secure boot refuses: outside `_sigs/`, and matched by no include or exclude. */
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

/** Returns what `pvr sig ls` prints (docs/formats/pvr.md#listing), without empty lists. */
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
