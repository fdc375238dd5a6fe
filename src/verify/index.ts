export { type AgainstReport, verifyAgainst } from "./against.js";
export { type ArchitectureRequest, lintArchitecture } from "./architecture-rules.js";
export type { VerifyErrorCode } from "./errors.js";
export {
	type AttestationScope,
	type Policy,
	type PolicyReading,
	parsePolicy,
	policyJsonSchema,
	type SigningScope,
} from "./policy.js";
export { RULES } from "./rules.js";
export { failsTrustAlone, type TrustLevel } from "./trust-rules.js";
export { type Verifiable, type VerifyOptions, type VerifyReport, verifyPackage } from "./verify-package.js";
