import { dsseSignedBytes } from "../../ground/bytes/index.js";
import {
	adoptSignature,
	derSignature,
	type Signer,
	type SignerIdentity,
} from "../../pantavisor/signing/index.js";
import { BUNDLE_TYPE, keyHint, keyId, PAYLOAD_TYPE } from "./identifiers.js";

/** Form of the file: a Sigstore bundle, a DSSE envelope, or the bare statement without a signature. */
export type AttestationForm = "bundle" | "dsse" | "statement";

/** Returns the bytes to sign for a statement. */
export function signedBytes(payload: Uint8Array, payloadType: string = PAYLOAD_TYPE): Buffer {
	return dsseSignedBytes(payloadType, payload);
}

/** Signs a statement, and returns the file. @throws SigningError ERR_SIGNATURE if the signer returned a wrong one. */
export async function signStatement(
	payload: Uint8Array,
	signer: Signer,
	form: Exclude<AttestationForm, "statement">,
): Promise<string> {
	return attachStatementSignature(payload, signer, await signer.sign(signedBytes(payload)), form);
}

/**
 * Returns the file of a statement with a signature made elsewhere, after checking it. @throws SigningError
 * ERR_SIGNATURE
 */
export function attachStatementSignature(
	payload: Uint8Array,
	identity: SignerIdentity,
	signature: Uint8Array,
	form: Exclude<AttestationForm, "statement">,
): string {
	const { publicKey, algorithm } = identity;
	const sound = adoptSignature(identity, signedBytes(payload), signature);
	const sig = derSignature(algorithm, sound).toString("base64");
	const envelope = { payload: Buffer.from(payload).toString("base64"), payloadType: PAYLOAD_TYPE };
	// In a bundle the hint names the key. sigstore's verifiers refuse a keyid other than their own name of the key.
	const file =
		form === "dsse"
			? { ...envelope, signatures: [{ sig, keyid: keyId(publicKey) }] }
			: {
					mediaType: BUNDLE_TYPE,
					verificationMaterial: { publicKey: { hint: keyHint(publicKey) } },
					dsseEnvelope: { ...envelope, signatures: [{ sig }] },
				};
	return `${JSON.stringify(file)}\n`;
}
