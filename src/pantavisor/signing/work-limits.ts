import { encodeState, type State } from "../state/index.js";
import { SigningError } from "./errors.js";

/** Most signatures of a state: devices have one for each container. */
const SIGNATURES = 256;
/** Most bytes that all signatures together would be computed over if each covered everything. */
const PAYLOAD_BYTES = 2 ** 28;
/** Most steps in comparing patterns with keys. */
const PATTERN_STEPS = 2 ** 27;

/** Smaller states count as having this many characters in their keys, as patterns need memory too. */
const FEWEST_CHARACTERS = 256;

/** Refuses a state that has more signatures than any real one. @throws SigningError ERR_SIGNATURE_LIMIT */
export function checkSignatureCount(count: number): void {
	if (count > SIGNATURES) throw refusal(count, "signatures", SIGNATURES);
}

/** Adds up the work of checking the signatures of a state, and refuses more than any real state needs. */
export class WorkMeter {
	readonly #characters: number;
	#weight = 0;

	/** Counts the bytes that signatures are computed over. @throws SigningError ERR_SIGNATURE_LIMIT */
	constructor(state: State, signatures: number) {
		checkSignatureCount(signatures);
		const bytes = signatures === 0 ? 0 : signatures * encodeState(state).length;
		if (bytes > PAYLOAD_BYTES) throw refusal(bytes, "bytes to check signatures over", PAYLOAD_BYTES);
		const characters = [...state.keys()].reduce((sum, key) => sum + key.length, 0);
		this.#characters = Math.max(characters, FEWEST_CHARACTERS);
	}

	/** Counts the patterns of one more signature. @throws SigningError ERR_SIGNATURE_LIMIT */
	add({ weight }: { readonly weight: number }): void {
		this.#weight += weight;
		const steps = this.#weight * this.#characters;
		if (steps > PATTERN_STEPS) throw refusal(steps, "steps to compare patterns with keys", PATTERN_STEPS);
	}
}

function refusal(got: number, what: string, limit: number): SigningError {
	return new SigningError(
		"ERR_SIGNATURE_LIMIT",
		`signatures: verify: ${got} ${what}, expected at most the limit of ${limit}`,
	);
}
