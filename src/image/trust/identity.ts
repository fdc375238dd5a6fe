import { canonicalName, parseReference, type Reference } from "../oci/index.js";

/** Which name a signature must carry, by containers-policy.json(5), signedIdentity. */
export type IdentityRule =
	| { readonly type: "matchExact" | "matchRepoDigestOrExact" | "matchRepository" }
	| { readonly type: "exactReference" | "exactRepository"; readonly name: string }
	| { readonly type: "remapIdentity"; readonly prefix: string; readonly signedPrefix: string };

/** The rule of a policy that names none. */
export const DEFAULT_IDENTITY: IdentityRule = { type: "matchRepoDigestOrExact" };

/** A name in its full form, with neither tag nor digest where it has none. */
interface FullName {
	readonly name: string;
	/** `:tag` or `@digest`, empty for a name alone. */
	readonly suffix: string;
	readonly hasTag: boolean;
}

/**
 * Returns whether a signature for `signed` may stand for an image.
 * @param reference the image's; its tag counts, also where a digest stands beside it.
 */
export function isIdentityAccepted(rule: IdentityRule, reference: Reference, signed: string): boolean {
	const claimed = parseFullName(signed);
	const wanted = wantedName(rule, reference);
	if (claimed === undefined || wanted === undefined) return false;
	if (rule.type === "matchRepository" || rule.type === "exactRepository") return claimed.name === wanted.name;
	// A signature without a tag says too little for all the others.
	if (claimed.suffix === "" || claimed.name !== wanted.name) return false;
	const isDigested = wanted.suffix.startsWith("@") && !wanted.hasTag;
	if (isDigested && (rule.type === "matchRepoDigestOrExact" || rule.type === "remapIdentity")) return true;
	return wanted.suffix !== "" && claimed.suffix === wanted.suffix;
}

/** The name that a rule compares with: that of the image, or one of its own. */
function wantedName(rule: IdentityRule, reference: Reference): FullName | undefined {
	if (rule.type === "exactReference" || rule.type === "exactRepository") return parseFullName(rule.name);
	const own = fullNameOf(reference);
	if (rule.type !== "remapIdentity") return own;
	const { prefix, signedPrefix } = rule;
	if (!isBelow(own.name, prefix)) return own;
	const moved = parseFullName(`${signedPrefix}${own.name.slice(prefix.length)}`);
	return moved && { ...own, name: moved.name };
}

function fullNameOf(reference: Reference): FullName {
	const { tag, digest } = reference;
	const suffix = tag === undefined ? `@${digest}` : `:${tag}`;
	return { name: canonicalName(reference), suffix, hasTag: tag !== undefined };
}

function parseFullName(text: string): FullName | undefined {
	try {
		const reference = parseReference(text);
		const rest = text.slice(reference.familiarName.length);
		return { name: canonicalName(reference), suffix: rest, hasTag: rest.startsWith(":") };
	} catch {
		return undefined;
	}
}

/** Returns whether a name is the prefix, or lies below it. */
function isBelow(name: string, prefix: string): boolean {
	return name === prefix || name.startsWith(`${prefix}/`);
}
