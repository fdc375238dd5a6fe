import type { AttestationForm } from "../evidence/attest/index.js";
import type { Signer, SignerIdentity } from "../pantavisor/signing/index.js";

/** How a signed statement is written. */
export type SignedForm = Exclude<AttestationForm, "statement">;

/**
 * Returns the bytes of a statement that a signature is made over, for signers that work elsewhere.
 * @param subject the statement's file, for messages.
 * @throws AttestError ERR_ATTESTATION_FORMAT for what is not an in-toto statement.
 */
export async function statementInput(statement: Uint8Array, subject: string): Promise<Uint8Array> {
	const { parseStatement, signedBytes } = await import("../evidence/attest/index.js");
	parseStatement(statement, subject);
	return signedBytes(statement);
}

/** Signs a statement, and returns the file. @throws AttestError; SigningError ERR_SIGNATURE */
export async function signStatementFile(
	statement: Uint8Array,
	subject: string,
	signer: Signer,
	form: SignedForm,
): Promise<string> {
	const { parseStatement, signStatement } = await import("../evidence/attest/index.js");
	parseStatement(statement, subject);
	return signStatement(statement, signer, form);
}

/** Returns the file of a statement with a signature that was made elsewhere. @throws AttestError; SigningError ERR_SIGNATURE */
export async function attachToStatement(
	statement: Uint8Array,
	subject: string,
	{ identity, signature }: { readonly identity: SignerIdentity; readonly signature: Uint8Array },
	form: SignedForm,
): Promise<string> {
	const { attachStatementSignature, parseStatement } = await import("../evidence/attest/index.js");
	parseStatement(statement, subject);
	return attachStatementSignature(statement, identity, signature, form);
}
