import * as z from "zod/mini";
import { PvpkgError } from "../ground/bytes/index.js";
import { explainIssue, JsonError, parseJson, plainJson } from "../ground/json/index.js";
import {
	parseCertificates,
	parsePublicKeys,
	type SignatureAlgorithm,
	type Trust,
} from "../pantavisor/signing/index.js";
import { VerifyError } from "./errors.js";
import { anyPathPattern, hostPattern, type PathMatcher } from "./policy-pattern.js";

const POLICY_SPEC = "pvpkg/policy@1";

/** Who may sign which keys of a state. */
export interface SigningScope {
	/** The accepted signers; any one of them is enough. */
	readonly trusts: readonly Trust[];
	/** Returns whether its signatures count for a key. */
	readonly covers: PathMatcher;
}

/** Who may attest which images and builders. An attestation counts only with a key of its own entry. */
export interface AttestationScope {
	/** The accepted signers; any one of them is enough. */
	readonly trusts: readonly Trust[];
	/** Returns whether a builder is accepted; undefined: all are. */
	readonly builds: PathMatcher | undefined;
	/** Returns whether an image is accepted; undefined: all are. */
	readonly images: PathMatcher | undefined;
}

/** The requirements that packages must meet. */
export interface Policy {
	readonly sign: readonly SigningScope[];
	/** Returns whether a key of a state needs no signature. */
	readonly unsigned: PathMatcher;
	/** Kinds of attestations that a package must have. */
	readonly require: readonly ("provenance" | "spdx" | "cyclonedx")[];
	readonly attest: readonly AttestationScope[];
}

export interface PolicyReading {
	/** Reads a file that the policy names, relative to the policy. */
	readonly readFile: (name: string) => Uint8Array;
	/** Milliseconds since 1970 at which certificates must be valid; undefined: dates are ignored. */
	readonly time: number | undefined;
}

const texts = (about: string) => z.optional(z.array(z.string()).check(z.describe(about)));
const KEYS = "Public keys: PEM, or names of PEM files beside the policy. Each by itself is enough.";
const CAS =
	"Certificate authorities: PEM, or names of PEM files beside the policy. Each by itself is enough.";
const policySchema = z.strictObject({
	spec: z.literal(POLICY_SPEC).check(z.describe("Name and version of this format.")),
	sign: z.optional(
		z
			.array(
				z.strictObject({
					keys: texts(KEYS),
					cas: texts(CAS),
					for: z.array(z.string()).check(z.describe("Patterns of keys of the state that these may sign.")),
					algorithms: z.optional(
						z
							.array(z.enum(["RS256", "ES256", "ES384", "ES512"]))
							.check(z.describe("Algorithms that these may sign with. Default: all.")),
					),
					minRsaBits: z.optional(z.int().check(z.describe("Shortest RSA key, in bits."))),
				}),
			)
			.check(z.describe("Who may sign which keys of the state.")),
	),
	unsigned: texts("Patterns of keys of the state that need no signature."),
	require: z.optional(
		z
			.array(z.enum(["provenance", "spdx", "cyclonedx"]))
			.check(z.describe("Kinds of attestations that a package must have.")),
	),
	attest: z.optional(
		z
			.array(
				z.strictObject({
					keys: texts(KEYS),
					cas: texts(CAS),
					builders: texts("Patterns of builders that these may attest; default: any."),
					images: texts("Patterns of images that these may attest; default: any."),
				}),
			)
			.check(z.describe("Who may attest which images and builders.")),
	),
});

/** Returns the JSON Schema of a policy. */
export function policyJsonSchema(): object {
	return z.toJSONSchema(policySchema, { target: "draft-2020-12" });
}

type PolicyDocument = z.infer<typeof policySchema>;
type SignEntry = NonNullable<PolicyDocument["sign"]>[number];
type AttestEntry = NonNullable<PolicyDocument["attest"]>[number];

/**
 * Reads a policy. `keys` and `cas` are PEM, or names of PEM files beside the policy.
 * @param subject name of the policy's file, for messages.
 * @throws VerifyError ERR_POLICY for anything that is not understood; BytesError for files.
 */
export function parsePolicy(text: Uint8Array, subject: string, reading: PolicyReading): Policy {
	const document = readDocument(text, subject);
	const place = (entry: string, i: number): string => `${subject}: ${entry} ${i + 1}`;
	return {
		sign: (document.sign ?? []).map((entry, i) => signingScope(entry, place("sign", i), reading)),
		unsigned: anyPathPattern(document.unsigned ?? []),
		require: document.require ?? [],
		attest: (document.attest ?? []).map((entry, i) => attestationScope(entry, place("attest", i), reading)),
	};
}

function readDocument(text: Uint8Array, subject: string): PolicyDocument {
	try {
		const value = plainJson(parseJson(text, subject, { uniqueMembers: true }));
		const { success, data, error } = policySchema.safeParse(value, { error: explainIssue });
		if (success) return data;
		const [issue] = error.issues;
		const where = issue!.path.join(".") || "policy";
		throw new VerifyError("ERR_POLICY", `${subject}: read policy: ${where}: ${issue!.message}`);
	} catch (cause) {
		if (!(cause instanceof JsonError)) throw cause;
		throw new VerifyError("ERR_POLICY", cause.message, { cause });
	}
}

function signingScope(entry: SignEntry, subject: string, reading: PolicyReading): SigningScope {
	const algorithms: readonly SignatureAlgorithm[] | undefined = entry.algorithms;
	const trusts = readTrusted(entry, subject, reading);
	return {
		trusts: trusts.map((trust) => ({ ...trust, algorithms, minimumRsaBits: entry.minRsaBits })),
		covers: anyPathPattern(entry.for),
	};
}

function attestationScope(entry: AttestEntry, subject: string, reading: PolicyReading): AttestationScope {
	const hosts = (patterns: readonly string[] | undefined): PathMatcher | undefined => {
		const matchers = patterns?.map(hostPattern);
		return matchers && ((name) => matchers.some((matches) => matches(name)));
	};
	return {
		trusts: readTrusted(entry, subject, reading),
		builds: hosts(entry.builders),
		images: hosts(entry.images),
	};
}

/**
 * Reads the keys and authorities of an entry.
 * @throws VerifyError ERR_POLICY when an entry trusts nobody, or one of its keys cannot be read.
 */
function readTrusted(
	{ keys = [], cas = [] }: Pick<SignEntry, "keys" | "cas">,
	subject: string,
	{ readFile, time }: PolicyReading,
): Trust[] {
	if (keys.length + cas.length === 0) {
		throw new VerifyError("ERR_POLICY", `${subject}: read policy: expected keys or cas, got neither`);
	}
	const pem = (name: string): Uint8Array =>
		name.startsWith("-----BEGIN ") ? Buffer.from(name, "latin1") : readFile(name);
	try {
		const publicKeys = keys.flatMap((name) => parsePublicKeys(pem(name), `${subject}: keys`));
		const authorities = cas.flatMap((name) => parseCertificates(pem(name), `${subject}: cas`));
		return [
			...(publicKeys.length > 0 ? [{ publicKeys, time }] : []),
			...(authorities.length > 0 ? [{ authorities, time }] : []),
		];
	} catch (cause) {
		if (!(cause instanceof PvpkgError) || cause.kind !== "input") throw cause;
		throw new VerifyError("ERR_POLICY", cause.message, { cause });
	}
}
