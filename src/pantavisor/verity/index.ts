export { VerityError, type VerityErrorCode } from "./errors.js";
export {
	checkRootHash,
	createHashTree,
	type HashTree,
	type HashTreeOptions,
	hashTreeRoot,
	verifyHashTree,
} from "./hash-tree.js";
export { parseVerityManifest, type VerityManifest, verityIdentity, verityManifestValue } from "./manifest.js";
export { type Protection, protectVolume } from "./protection.js";
