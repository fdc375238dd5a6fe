export {
	checkUnsigned,
	demandsOf,
	type GoodSignature,
	type ImageTrust,
	meetDemand,
	type SignatureDemand,
} from "./check.js";
export { ImageTrustError, type ImageTrustErrorCode } from "./errors.js";
export { type ImageKey, parseImageKeys } from "./key.js";
export { type ImagePolicy, parseImagePolicy, registryScopes } from "./policy.js";
export {
	type FoundSignatures,
	readSignatures,
	type SignatureForm,
	signatureTag,
} from "./signature-documents.js";
