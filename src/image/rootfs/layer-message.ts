import type { LentSpool } from "../../ground/files/index.js";
import type { CarriedError } from "./carried-error.js";
import type { PackedLayer } from "./layer.js";
import type { UnpackedEntry } from "./layer-steps.js";

/** What a thread that unpacks layers is asked to do with one of them. */
export type LayerCall = { readonly layer: number } & (
	| { readonly kind: "open"; readonly packed: PackedLayer }
	/** The next bytes of its blob, whose memory moves. */
	| { readonly kind: "bytes"; readonly bytes: Uint8Array }
	/** No more bytes; because reading them failed, or because they are all there. */
	| { readonly kind: "end"; readonly failed: boolean }
	/** Entries may be unpacked into the spool from now on. */
	| { readonly kind: "unpack"; readonly place: LentSpool }
	/** Some entries were taken: further ones may come. */
	| { readonly kind: "next" }
	/** Nobody waits for the rest of it. */
	| { readonly kind: "drop" }
);

/** What the thread has done. Everything before `written` lies in the spool's file. */
export type LayerAnswer = { readonly layer: number } /** So many bytes of the blob were used. */ & (
	| { readonly kind: "used"; readonly size: number }
	| { readonly kind: "steps"; readonly steps: readonly (UnpackedEntry | string)[]; readonly written: number }
	/** One of these two comes last; nothing is written into the spool after it. */
	| { readonly kind: "done" }
	/** Without an error: where reading the blob had failed, or the layer was dropped. */
	| { readonly kind: "failed"; readonly error?: CarriedError | undefined }
);

/** Lists of entries that are on their way at most. */
export const STEPS_AHEAD = 8;
