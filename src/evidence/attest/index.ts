export { type AttestationTrust, type AttestedPackage, checkAttestation } from "./check.js";
export { type AttestationForm, attachStatementSignature, signedBytes, signStatement } from "./envelope.js";
export type { AttestErrorCode } from "./errors.js";
export type { BuildType, StatementKind } from "./identifiers.js";
export { type BuilderIdentity, encodeProvenance } from "./provenance.js";
export { ATTEST_RULES } from "./rules.js";
export { encodeSbomStatement } from "./sbom-statement.js";
export { parseStatement } from "./statement-reader.js";
