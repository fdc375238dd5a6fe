import { encodeState, type State } from "../state/index.js";
import { SigningError } from "./errors.js";
import type { Signature } from "./signature.js";

/** Most signatures of a state: devices have one for each container. */
const SIGNATURES = 256;
/** Most bytes that all signatures together may have to be computed over, if each covered everything. */
const PAYLOAD_BYTES = 2 ** 28;
/** Most steps of comparing patterns with keys. */
const PATTERN_STEPS = 2 ** 27;

/**
 * Refuses a state whose signatures would take longer to check than any real one's.
 * @throws SigningError ERR_SIGNATURE_LIMIT
 */
export function checkWork(state: State, signatures: readonly Signature[]): void {
	if (signatures.length === 0) return;
	if (signatures.length > SIGNATURES) throw refusal(signatures.length, "signatures", SIGNATURES);
	const bytes = signatures.length * encodeState(state).length;
	if (bytes > PAYLOAD_BYTES) throw refusal(bytes, "bytes to check signatures over", PAYLOAD_BYTES);
	const characters = [...state.keys()].reduce((sum, key) => sum + key.length, 0);
	const steps = signatures.reduce((sum, { weight }) => sum + weight, 0) * characters;
	if (steps > PATTERN_STEPS) throw refusal(steps, "steps to compare patterns with keys", PATTERN_STEPS);
}

function refusal(got: number, what: string, limit: number): SigningError {
	return new SigningError(
		"ERR_SIGNATURE_LIMIT",
		`signatures: verify: ${got} ${what}, expected at most the limit of ${limit}`,
	);
}
