/** What of the LZMA decoder's state lasts over chunks. */
import { END, PROBABILITIES } from "./lzma-chances";

/** u32: the state machine's state. */
export const STATE: usize = PROBABILITIES + END;
/** u32 each: the last four distances, less one. */
export const FIRST: usize = STATE + 4;
export const SECOND: usize = FIRST + 4;
export const THIRD: usize = SECOND + 4;
export const FOURTH: usize = THIRD + 4;

export let literalContextBits: u32 = 0;
export let literalPositionMask: u32 = 0;
export let positionMask: u32 = 0;

/** Begins as a stream does: all chances even, no distances yet. */
export function resetState(): void {
	memory.fill(STATE, 0, 20);
	for (let at: usize = 0; at < END; at += 4) store<u32>(PROBABILITIES + at, 0x04000400);
}

/** Takes lc, lp and pb from LZMA's properties byte; returns whether they are allowed. */
export function setProperties(byte: u32): bool {
	if (byte >= 225) return false;
	const positionBits = byte / 45;
	const rest = byte % 45;
	const literalPositionBits = rest / 9;
	literalContextBits = rest % 9;
	if (literalContextBits + literalPositionBits > 4) return false;
	literalPositionMask = (1 << literalPositionBits) - 1;
	positionMask = (1 << positionBits) - 1;
	return true;
}
