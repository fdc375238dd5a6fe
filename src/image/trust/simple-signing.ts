import {
	isJsonObject,
	JsonNumber,
	type JsonObject,
	type JsonValue,
	parseJson,
} from "../../ground/json/index.js";
import type { Digest } from "../oci/index.js";
import { parseDigest } from "../oci/index.js";

/** What a payload in the "simple signing" form says (containers-signature(5)): which image is meant, and its name. */
export interface SignedClaim {
	/** Of the manifest or index. */
	readonly digest: Digest;
	/** What the signer called it, as `registry.example/team/app`; often without a tag. */
	readonly identity: string;
}

const TYPE = "cosign container image signature";
/** Members of the payload and of its parts; any other makes it one of a kind that is not known here. */
const MEMBERS = {
	top: ["critical", "optional"],
	critical: ["identity", "image", "type"],
	image: ["docker-manifest-digest"],
	identity: ["docker-reference"],
} as const;

/**
 * Parses a signed payload, strictly: what is not understood is refused.
 * @returns why it is none, or what it claims.
 */
export function parseClaim(bytes: Uint8Array): SignedClaim | string {
	try {
		return readClaim(parseJson(bytes, "payload", { uniqueMembers: true }));
	} catch (error) {
		return (error as Error).message;
	}
}

function readClaim(value: JsonValue): SignedClaim {
	const top = objectOf(value, "top");
	const critical = objectOf(top.get("critical"), "critical");
	const optional = top.get("optional");
	if (optional !== undefined && optional !== null) checkOptional(optional);
	const type = critical.get("type");
	if (type !== TYPE) throw new Error(`payload: expected type ${JSON.stringify(TYPE)}`);
	const digest = objectOf(critical.get("image"), "image").get("docker-manifest-digest");
	const identity = objectOf(critical.get("identity"), "identity").get("docker-reference");
	if (typeof digest !== "string" || typeof identity !== "string") {
		throw new Error("payload: expected a digest and a name");
	}
	return { digest: parseDigest(digest, "payload"), identity };
}

function objectOf(value: JsonValue | undefined, part: keyof typeof MEMBERS): JsonObject {
	const members: readonly string[] = MEMBERS[part];
	const isFit =
		value !== undefined && isJsonObject(value) && [...value.keys()].every((name) => members.includes(name));
	if (isFit) return value;
	throw new Error(`payload: expected an object with ${members.join(", ")} alone`);
}

/** `creator` and `timestamp` have a type where they exist; anything else is up to the signer. */
function checkOptional(value: JsonValue): void {
	if (!isJsonObject(value)) throw new Error("payload: expected optional to be an object");
	const { creator, timestamp } = { creator: value.get("creator"), timestamp: value.get("timestamp") };
	if (creator !== undefined && typeof creator !== "string")
		throw new Error("payload: expected creator to be a string");
	if (timestamp !== undefined && !(timestamp instanceof JsonNumber)) {
		throw new Error("payload: expected timestamp to be a number");
	}
}
