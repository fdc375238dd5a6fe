import type { LentSpool } from "../../ground/files/index.js";
import type { CarriedError } from "./carried-error.js";
import type { UnpackedEntry } from "./layer-steps.js";
import type { PlacedLayer } from "./placed-layer.js";

/** What a thread that unpacks layers is asked to do with one of them. */
export type LayerCall = {
	readonly layer: number;
} /** The layer may be read, and a few bytes of it unpacked, until `unpack` says where they go. */ & (
	| { readonly kind: "open"; readonly placed: PlacedLayer }
	/** Entries may be unpacked into the spool from now on. */
	| { readonly kind: "unpack"; readonly place: LentSpool }
	/** Some entries were taken: further ones may come. */
	| { readonly kind: "next" }
	/** Nobody waits for the rest of it. */
	| { readonly kind: "drop" }
);

/** What the thread has done. */
export type LayerAnswer = { readonly layer: number } & (
	| {
			readonly kind: "steps";
			readonly steps: readonly (UnpackedEntry | string)[];
			/** Everything before this position lies in the spool's file. */
			readonly written: number;
			/** Bytes of the blob that have been read. */
			readonly read: number;
	  }
	/** One of these comes last: the thread neither reads the blob nor writes into the spool after it. */
	| { readonly kind: "done" | "dropped" }
	| { readonly kind: "failed"; readonly error: CarriedError }
);

/** Lists of entries that are on their way at most. */
export const STEPS_AHEAD = 8;
