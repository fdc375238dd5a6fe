export { decodeBase64Url } from "./base64.js";
export { decodeCertificate, parseCertificates } from "./certificate.js";
export { type Coverage, coverageOf, signatureListing } from "./coverage.js";
export { type Chain, derSignature, trustedSigners, verifyDetached } from "./detached.js";
export { SigningError, type SigningErrorCode } from "./errors.js";
export { type KeyMatcher, parseGlob } from "./glob.js";
export { encodePayload } from "./jws.js";
export { parsePrivateKey, parsePublicKeys, type SignatureAlgorithm, type SigningKey } from "./key.js";
export { type DevelopmentKeys, generateDevelopmentKeys, type KeygenOptions } from "./keygen.js";
export { partSelection, rawSelection, type Selection, type SelectionOptions } from "./selection.js";
export {
	attachSignature,
	type SigningRequest,
	type SigningTask,
	selectSignatures,
	signingRequest,
	signState,
	updateSignatures,
} from "./sign-state.js";
export { parseSignature, type Signature, signatureKeys, signatureSelection } from "./signature.js";
export { SIGNATURE_RULES } from "./signature-rule-table.js";
export { lintShared, lintSignature, lintUnsigned } from "./signature-rules.js";
export { adoptSignature, localSigner, type Signer, type SignerIdentity, signerIdentity } from "./signer.js";
export { type Trust, type VerifiedSignature, verifyState } from "./verify-state.js";
export { matchesWildcards, type WildcardToken } from "./wildcard.js";
