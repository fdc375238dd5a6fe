import { type Digest, formatReference, type Reference } from "../oci/index.js";
import { decodeBase64 } from "./base64.js";
import { verifyBundle } from "./bundle.js";
import { ImageTrustError } from "./errors.js";
import { type IdentityRule, isIdentityAccepted } from "./identity.js";
import { type ImageKey, signerOf } from "./key.js";
import { type ImagePolicy, registryScopes, requirementsFor } from "./policy.js";
import type { FoundSignatures, SignatureForm, UncheckedSignature } from "./signature-documents.js";
import { parseClaim } from "./simple-signing.js";

/** Whom an image has to be signed by. */
export interface ImageTrust {
	/** Keys that the user named: every image must be signed by one of them. Empty: not asked for. */
	readonly keys: readonly ImageKey[];
	readonly policy?: ImagePolicy | undefined;
}

/** One signature that an image must have. */
export interface SignatureDemand {
	/** Who demands it: `--verify-image`, or a scope of a policy. */
	readonly subject: string;
	readonly keys: readonly ImageKey[];
	/** Which name it must carry; undefined: that does not count, as for cosign. */
	readonly identity: IdentityRule | undefined;
	/** Whether the index that names an image by its digest may be signed in its place, and bundles count. */
	readonly broad: boolean;
}

/** A good signature. */
export interface GoodSignature {
	/** Digest of the key. */
	readonly key: string;
	/** The manifest, or the index, that it is of. */
	readonly digest: Digest;
	readonly form: SignatureForm;
	/** What the signer called the image; bundles do not say it. */
	readonly identity: string | undefined;
}

/**
 * Returns the signatures that an image must have.
 * @throws ImageTrustError ERR_IMAGE_POLICY where a policy rejects it, or asks for what cannot be checked here.
 */
export function demandsOf({ keys, policy }: ImageTrust, reference: Reference): SignatureDemand[] {
	const named = { subject: "--verify-image", keys, identity: undefined, broad: true };
	const demands: SignatureDemand[] = keys.length === 0 ? [] : [named];
	if (policy === undefined) return demands;
	const { scope, requirements } = requirementsFor(policy, "docker", registryScopes(reference));
	const subject = `${policy.path}: ${scope}`;
	for (const requirement of requirements) {
		if (requirement.type === "insecureAcceptAnything") continue;
		if (requirement.type === "sigstoreSigned") {
			demands.push({ subject, keys: requirement.keys(), identity: requirement.identity, broad: false });
			continue;
		}
		const reason =
			requirement.type === "unsupported"
				? `the policy asks for ${requirement.what}, which pvpkg does not check (--image-policy names another policy)`
				: "the policy rejects it";
		throw new ImageTrustError(
			"ERR_IMAGE_POLICY",
			`${formatReference(reference)}: check by ${subject}: ${reason}`,
		);
	}
	return demands;
}

/**
 * Judges an image that is not of a registry by a policy: it has no signature that could be asked for.
 * @param transport as containers-transports(5) call it.
 * @param scopes of the image, most specific first.
 * @param text of the image, for messages.
 * @throws ImageTrustError ERR_IMAGE_POLICY
 */
export function checkUnsigned(
	policy: ImagePolicy,
	{ transport, scopes, text }: { transport: string; scopes: readonly string[]; text: string },
): void {
	const { scope, requirements } = requirementsFor(policy, transport, scopes);
	const refused = requirements.find(({ type }) => type !== "insecureAcceptAnything");
	if (refused === undefined) return;
	const reason =
		refused.type === "reject"
			? "the policy rejects it"
			: `the policy asks for a signature, and an image of ${transport}: has none`;
	const remedy = "--image-policy names another policy, --no-image-policy takes the image regardless";
	throw new ImageTrustError(
		"ERR_IMAGE_POLICY",
		`${text}: check by ${policy.path}: ${scope}: ${reason} (${remedy})`,
	);
}

/** Returns the first signature that meets a demand, or why each of them does not. */
export function meetDemand(
	{ keys, identity, broad }: SignatureDemand,
	reference: Reference,
	digest: Digest,
	found: readonly FoundSignatures[],
): { readonly good: GoodSignature; readonly from: FoundSignatures } | readonly string[] {
	const reasons: string[] = [];
	for (const from of found) {
		for (const signature of from.signatures) {
			if (signature.form === "bundle" && !broad) continue;
			const good = judge(signature, keys, digest);
			if (typeof good === "string") reasons.push(good);
			else if (identity === undefined || isIdentityAccepted(identity, reference, good.identity ?? "")) {
				return { good, from };
			} else
				reasons.push(`it is for ${JSON.stringify(good.identity)}, which is not the name that is asked for`);
		}
	}
	return reasons;
}

function judge(found: UncheckedSignature, keys: readonly ImageKey[], digest: Digest): GoodSignature | string {
	return found.form === "bundle" ? judgeBundle(found, keys, digest) : judgePayload(found, keys, digest);
}

function judgePayload(
	{ bytes, signature }: UncheckedSignature,
	keys: readonly ImageKey[],
	digest: Digest,
): GoodSignature | string {
	const decoded = decodeBase64(signature ?? "");
	if (decoded === undefined || decoded.length === 0) return "it is not base64";
	const signer = signerOf(bytes, decoded, keys, () => ["sha256"]);
	if (signer === undefined) return "it was made by none of the keys";
	const claim = parseClaim(bytes);
	if (typeof claim === "string") return claim;
	if (claim.digest !== digest) return `it is of another image, ${claim.digest}`;
	return { key: signer.id, digest, form: "simple-signing", identity: claim.identity };
}

function judgeBundle(
	{ bytes }: UncheckedSignature,
	keys: readonly ImageKey[],
	digest: Digest,
): GoodSignature | string {
	const claim = verifyBundle(bytes, keys);
	if (typeof claim === "string") return claim;
	if (!claim.subjects.includes(digest))
		return `it is of another image, ${claim.subjects.join(", ").slice(0, 200)}`;
	return { key: claim.signer.id, digest, form: "bundle", identity: undefined };
}
