export { RULES } from "./rules.js";
export { type Verifiable, type VerifyOptions, type VerifyReport, verifyPackage } from "./verify-package.js";
