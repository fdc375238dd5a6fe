import { isJsonObject, type JsonObject, type JsonValue, parseJson } from "../../ground/json/index.js";
import { canonicalName, type Reference } from "../oci/index.js";
import { decodeBase64 } from "./base64.js";
import { ImageTrustError } from "./errors.js";
import { DEFAULT_IDENTITY, type IdentityRule } from "./identity.js";
import { type ImageKey, parseImageKeys } from "./key.js";

/** One thing that a policy demands of an image. */
export type PolicyRequirement =
	| { readonly type: "insecureAcceptAnything" | "reject" }
	| { readonly type: "sigstoreSigned"; readonly identity: IdentityRule; keys(): ImageKey[] }
	/** What only others can check: GPG signatures, certificates, a transparency log. */
	| { readonly type: "unsupported"; readonly what: string };

/** A policy file of containers-policy.json(5). */
export interface ImagePolicy {
	readonly path: string;
	readonly default: readonly PolicyRequirement[];
	/**
	 * By transport, `docker` for registries, then by scope: `docker.io/library`, `*.example.com`, a directory; empty for
	 * everything of the transport.
	 */
	readonly transports: ReadonlyMap<string, ReadonlyMap<string, readonly PolicyRequirement[]>>;
}

/** What a policy demands of an image, and by which of its parts. */
export interface ChosenRequirements {
	readonly scope: string;
	readonly requirements: readonly PolicyRequirement[];
}

const MAXIMUM_SIZE = 4 << 20;

/**
 * Parses a policy as strictly as its specification wants: an unknown member refuses all of it. Files of keys
 * are read when an image needs them.
 * @throws ImageTrustError ERR_IMAGE_POLICY_FORMAT; JsonError with line and column.
 */
export function parseImagePolicy(
	bytes: Uint8Array,
	path: string,
	readFile: (path: string) => Uint8Array,
): ImagePolicy {
	if (bytes.length > MAXIMUM_SIZE) throw refused(path, `expected at most ${MAXIMUM_SIZE} bytes`);
	const top = objectOf(parseJson(bytes, path, { uniqueMembers: true }), path, ["default", "transports"]);
	const parse = (value: JsonValue | undefined, at: string) =>
		parseRequirements(value, `${path}: ${at}`, readFile);
	const transports = top.get("transports");
	const members = transports === undefined ? [] : [...objectOf(transports, `${path}: transports`)];
	const scopes = members.map(([transport, value]) => {
		const lists = [...objectOf(value, `${path}: ${transport}`)];
		return [
			transport,
			new Map(lists.map(([scope, list]) => [scope, parse(list, `${transport}: ${scope}`)])),
		] as const;
	});
	return { path, default: parse(top.get("default"), "default"), transports: new Map(scopes) };
}

/**
 * Returns the requirements of the most specific scope that an image is in.
 * @param scopes of the image, most specific first.
 */
export function requirementsFor(
	policy: ImagePolicy,
	transport: string,
	scopes: readonly string[],
): ChosenRequirements {
	const known = policy.transports.get(transport);
	const scope = scopes.find((name) => known?.has(name));
	if (scope === undefined) return { scope: "default", requirements: policy.default };
	return { scope: scope === "" ? transport : scope, requirements: known!.get(scope)! };
}

/**
 * Returns the scopes of an image of a registry: from the image itself over its namespaces and host to wildcards of its
 * domain, and all registries.
 */
export function registryScopes(reference: Reference): string[] {
	const name = canonicalName(reference);
	const { tag, digest } = reference;
	const parts = name.split("/");
	const namespaces = parts.map((_, at) => parts.slice(0, parts.length - at).join("/"));
	const labels = parts[0]!.replace(/:\d+$/, "").split(".");
	const wildcards = labels.slice(1).map((_, at) => `*.${labels.slice(at + 1).join(".")}`);
	return [tag === undefined ? `${name}@${digest}` : `${name}:${tag}`, ...namespaces, ...wildcards, ""];
}

function parseRequirements(
	value: JsonValue | undefined,
	subject: string,
	readFile: (path: string) => Uint8Array,
): PolicyRequirement[] {
	if (!Array.isArray(value) || value.length === 0) throw refused(subject, "expected a list of requirements");
	return value.map((item, at) => parseRequirement(item, `${subject}[${at}]`, readFile));
}

const SIGSTORE_MEMBERS = [
	...["type", "keyPath", "keyPaths", "keyData", "keyDatas", "signedIdentity", "fulcio", "pki"],
	...["rekorPublicKeyPath", "rekorPublicKeyPaths", "rekorPublicKeyData", "rekorPublicKeyDatas"],
];
const GPG_MEMBERS = [
	"type",
	"keyType",
	"keyPath",
	"keyPaths",
	"keyData",
	"signedIdentity",
	"baseLayerIdentity",
];

function parseRequirement(
	value: JsonValue,
	subject: string,
	readFile: (path: string) => Uint8Array,
): PolicyRequirement {
	const type = objectOf(value, subject).get("type");
	switch (type) {
		case "insecureAcceptAnything":
		case "reject":
			objectOf(value, subject, ["type"]);
			return { type };
		case "signedBy":
		case "signedBaseLayer":
			objectOf(value, subject, GPG_MEMBERS);
			return { type: "unsupported", what: "a GPG signature" };
		case "sigstoreSigned":
			return parseSigstore(objectOf(value, subject, SIGSTORE_MEMBERS), subject, readFile);
		default:
			throw refused(subject, `type: expected a kind of requirement, got ${JSON.stringify(type ?? null)}`);
	}
}

function parseSigstore(
	value: JsonObject,
	subject: string,
	readFile: (path: string) => Uint8Array,
): PolicyRequirement {
	const identity = value.get("signedIdentity");
	const rule =
		identity === undefined ? DEFAULT_IDENTITY : parseIdentity(identity, `${subject}: signedIdentity`);
	const sources = ["keyPath", "keyPaths", "keyData", "keyDatas", "fulcio", "pki"].filter((name) =>
		value.has(name),
	);
	if (sources.length !== 1) {
		throw refused(
			subject,
			`expected one of keyPath, keyPaths, keyData, keyDatas, fulcio and pki, got ${sources.length}`,
		);
	}
	if (sources[0] === "fulcio" || sources[0] === "pki") {
		return { type: "unsupported", what: "a signature with a certificate" };
	}
	if ([...value.keys()].some((name) => name.startsWith("rekor"))) {
		return { type: "unsupported", what: "an entry in a transparency log" };
	}
	const keySources = textsOf(value.get(sources[0]!)!, `${subject}: ${sources[0]}`);
	const isPath = sources[0]!.startsWith("keyPath");
	const keys = (): ImageKey[] => keySources.flatMap((text) => keysOf(text, isPath, subject, readFile));
	return { type: "sigstoreSigned", identity: rule, keys };
}

function keysOf(
	text: string,
	isPath: boolean,
	subject: string,
	readFile: (path: string) => Uint8Array,
): ImageKey[] {
	if (isPath) return parseImageKeys(Buffer.from(readFile(text)).toString("latin1"), text);
	const bytes = decodeBase64(text);
	if (bytes === undefined) throw refused(subject, "keyData: expected base64");
	return parseImageKeys(bytes.toString("latin1"), `${subject}: keyData`);
}

function textsOf(value: JsonValue, subject: string): string[] {
	const list = Array.isArray(value) ? value : [value];
	if (list.length > 0 && list.every((item) => typeof item === "string")) return list as string[];
	throw refused(subject, "expected strings");
}

function parseIdentity(value: JsonValue, subject: string): IdentityRule {
	const type = objectOf(value, subject).get("type");
	const read = (members: readonly string[]): string[] => {
		const object = objectOf(value, subject, ["type", ...members]);
		return members.map((name) => {
			const text = object.get(name);
			if (typeof text !== "string") throw refused(subject, `${name}: expected a string`);
			return text;
		});
	};
	switch (type) {
		case "matchExact":
		case "matchRepoDigestOrExact":
		case "matchRepository":
			read([]);
			return { type };
		case "exactReference":
			return { type, name: read(["dockerReference"])[0]! };
		case "exactRepository":
			return { type, name: read(["dockerRepository"])[0]! };
		case "remapIdentity": {
			const [prefix, signedPrefix] = read(["prefix", "signedPrefix"]);
			return { type, prefix: prefix!, signedPrefix: signedPrefix! };
		}
		default:
			throw refused(subject, `type: expected a kind of identity, got ${JSON.stringify(type ?? null)}`);
	}
}

/** Returns a JSON object that has these members at most, all where none are named. */
function objectOf(value: JsonValue, subject: string, members?: readonly string[]): JsonObject {
	if (!isJsonObject(value)) throw refused(subject, "expected an object");
	const unknown = [...value.keys()].find((name) => members !== undefined && !members.includes(name));
	if (unknown !== undefined) throw refused(subject, `unknown member ${JSON.stringify(unknown)}`);
	return value;
}

function refused(subject: string, reason: string): ImageTrustError {
	return new ImageTrustError("ERR_IMAGE_POLICY_FORMAT", `${subject}: read policy: ${reason}`);
}
