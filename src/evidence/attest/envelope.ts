import {
	adoptSignature,
	derSignature,
	type Signer,
	type SignerIdentity,
} from "../../pantavisor/signing/index.js";
import { BUNDLE_TYPE, keyHint, keyId, PAYLOAD_TYPE } from "./identifiers.js";

/** How a statement is written: in a Sigstore bundle, in a DSSE envelope, or as it is, unsigned. */
export type AttestationForm = "bundle" | "dsse" | "statement";

/**
 * Returns the bytes that are signed: DSSE's pre-authentication encoding of a statement
 * (https://github.com/secure-systems-lab/dsse/blob/master/protocol.md).
 */
export function signedBytes(payload: Uint8Array, payloadType: string = PAYLOAD_TYPE): Buffer {
	const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `;
	return Buffer.concat([Buffer.from(head, "utf8"), payload]);
}

/** Signs a statement, and returns the file. @throws SigningError ERR_SIGNATURE where the signer gave another one. */
export async function signStatement(
	payload: Uint8Array,
	signer: Signer,
	form: Exclude<AttestationForm, "statement">,
): Promise<string> {
	return attachStatementSignature(payload, signer, await signer.sign(signedBytes(payload)), form);
}

/** Returns the file of a statement and the signature that came back, once that was checked. @throws SigningError ERR_SIGNATURE */
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
	// In a bundle the hint names the key; sigstore's verifiers refuse a keyid that is not their own name of it.
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
