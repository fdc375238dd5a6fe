import {
	compareCodePoints,
	encodeIndentedJson,
	isJsonObject,
	type JsonArray,
	type JsonObject,
	type JsonValue,
	parseJson,
	sortJson,
} from "../../ground/json/index.js";
import { PantavisorError } from "../state/index.js";
import { nearName } from "./near-name.js";

/**
 * A `src.json`: where a container came from, and how to run it (docs/formats/pvr.md#srcjson). Empty members are
 * equal to absent ones.
 */
export interface SourceManifest {
	/** Container whose root file system is the base of this one. */
	readonly base?: string | undefined;
	/** Name of the container. It is accepted but ignored, as the name of the directory counts. */
	readonly name?: string | undefined;
	readonly template?: string | undefined;
	/** Template arguments. */
	readonly args?: JsonObject | undefined;
	/** Whether dm-verity is in use, by volume file. */
	readonly dmEnabled?: ReadonlyMap<string, boolean> | undefined;
	readonly logs?: JsonArray | undefined;
	readonly exports?: readonly string[] | undefined;
	/** Overrides members of `dockerConfig`; null changes nothing. */
	readonly config?: JsonObject | undefined;
	/** Repository as the user typed it, without tag and digest. */
	readonly dockerName?: string | undefined;
	readonly dockerTag?: string | undefined;
	/** Digest as `name@sha256:…` or `sha256:…`. */
	readonly dockerDigest?: string | undefined;
	readonly dockerOvlDigest?: string | undefined;
	readonly dockerSource?: string | undefined;
	/** The `config` member of the image's configuration, verbatim. */
	readonly dockerConfig?: JsonObject | undefined;
	/** Platform as requested, `os/arch[/variant]`. */
	readonly dockerPlatform?: string | undefined;
	/** mksquashfs options, as given. */
	readonly formatOptions?: string | undefined;
	readonly pvr?: string | undefined;
	readonly pvrDigest?: boolean | undefined;
	readonly rootfsUrl?: string | undefined;
	/** Digest of the squashfs that was made, as `sha256:<hex>`. */
	readonly rootfsDigest?: string | undefined;
	/**
	 * Class of each volume, `permanent`, `revision` or `boot`, optionally with `@disk`, by path, optionally with
	 * `ovl:`.
	 */
	readonly persistence?: ReadonlyMap<string, string> | undefined;
	/** Members that are merged into `run.json`. pvr does not know this member. */
	readonly run?: JsonObject | undefined;
	/** Members that pvr does not know (`pv_build_origin`), kept unchanged. */
	readonly unknown?: JsonObject | undefined;
}

/** The type of a member. */
export type MemberKind = "string" | "boolean" | "object" | "array" | "strings" | "string map" | "boolean map";
type Field = Exclude<keyof SourceManifest, "unknown">;

/** Names of the members that are read. */
export type MemberName =
	| "base"
	| "name"
	| "#spec"
	| "template"
	| "args"
	| "dm_enabled"
	| "logs"
	| "exports"
	| "config"
	| "docker_name"
	| "docker_tag"
	| "docker_digest"
	| "docker_ovl_digest"
	| "docker_source"
	| "docker_config"
	| "docker_platform"
	| "format_options"
	| "pvr"
	| "pvr_digest"
	| "rootfs_url"
	| "rootfs_digest"
	| "persistence"
	| "run";

export const SPEC = "service-manifest-src@1";

/** The members, in the order in which pvr writes them. */
export const MEMBERS: readonly (readonly [name: MemberName, field: Field | "#spec", kind: MemberKind])[] = [
	["base", "base", "string"],
	["name", "name", "string"],
	["#spec", "#spec", "string"],
	["template", "template", "string"],
	["args", "args", "object"],
	["dm_enabled", "dmEnabled", "boolean map"],
	["logs", "logs", "array"],
	["exports", "exports", "strings"],
	["config", "config", "object"],
	["docker_name", "dockerName", "string"],
	["docker_tag", "dockerTag", "string"],
	["docker_digest", "dockerDigest", "string"],
	["docker_ovl_digest", "dockerOvlDigest", "string"],
	["docker_source", "dockerSource", "string"],
	["docker_config", "dockerConfig", "object"],
	["docker_platform", "dockerPlatform", "string"],
	["format_options", "formatOptions", "string"],
	["pvr", "pvr", "string"],
	["pvr_digest", "pvrDigest", "boolean"],
	["rootfs_url", "rootfsUrl", "string"],
	["rootfs_digest", "rootfsDigest", "string"],
	["persistence", "persistence", "string map"],
	["run", "run", "object"],
];
const KNOWN: ReadonlySet<string> = new Set(MEMBERS.map(([name]) => name));
/** Members that other tools add, and that are kept. meta-pantavisor writes this one. */
export const OTHERS: ReadonlySet<string> = new Set(["pv_build_origin"]);

/**
 * Reads a `src.json`, as text or as the inline value of a state.
 *
 * @param subject name for messages: `web/src.json`.
 * @throws JsonError for malformed JSON; PantavisorError ERR_SOURCE_MANIFEST naming the member.
 */
export function parseSourceManifest(source: JsonValue | Uint8Array, subject: string): SourceManifest {
	const value =
		typeof source === "string" || source instanceof Uint8Array ? parseJson(source, subject) : source;
	if (!isJsonObject(value)) throw mismatch(subject, "an object", value);
	const spec = value.get("#spec");
	if (spec !== undefined && spec !== SPEC) throw mismatch(`${subject}: #spec`, JSON.stringify(SPEC), spec);
	const fields: Record<string, unknown> = {};
	for (const [name, field, kind] of MEMBERS) {
		const member = value.get(name);
		if (field === "#spec" || member === undefined || member === null) continue;
		fields[field] = parseMember(member, kind, `${subject}: ${name}`);
	}
	const unknown = [...value].filter(([name]) => !KNOWN.has(name));
	return { ...fields, ...(unknown.length > 0 && { unknown: new Map(unknown) }) };
}

/** Returns the members that nothing reads, each with the known one that was likely meant. */
export function unreadMembers({
	unknown = new Map(),
}: SourceManifest): [name: string, meant: string | undefined][] {
	const names = [...unknown.keys()].filter((name) => !OTHERS.has(name));
	return names.map((name) => [name, nearName(name, KNOWN)]);
}

/** Returns the manifest as JSON: in pvr's order, without empty members, unknown ones last. */
export function sourceManifestValue(manifest: SourceManifest): JsonObject {
	const value: JsonObject = new Map();
	for (const [name, field] of MEMBERS) {
		if (field === "#spec") value.set(name, SPEC);
		else if (!isEmpty(manifest[field])) value.set(name, memberValue(manifest[field]!));
	}
	for (const [name, member] of manifest.unknown ?? []) value.set(name, member);
	return value;
}

/** Returns the text of the file, byte for byte as pvr formats it, without a newline at the end. */
export function encodeSourceManifest(manifest: SourceManifest): string {
	return encodeIndentedJson(sourceManifestValue(manifest), " ", " ");
}

function parseMember(value: JsonValue, kind: MemberKind, subject: string): unknown {
	switch (kind) {
		case "string":
		case "boolean":
			if (typeof value !== kind) throw mismatch(subject, `a ${kind}`, value);
			return value;
		case "object":
			if (!isJsonObject(value)) throw mismatch(subject, "an object", value);
			return value;
		case "array":
		case "strings":
			if (!Array.isArray(value)) throw mismatch(subject, "an array", value);
			if (kind === "strings")
				value.forEach((item, i) => void parseMember(item, "string", `${subject}[${i}]`));
			return value;
		case "string map":
		case "boolean map": {
			if (!isJsonObject(value)) throw mismatch(subject, "an object", value);
			const item = kind === "string map" ? "string" : "boolean";
			for (const [name, member] of value) parseMember(member, item, `${subject}.${name}`);
			return value;
		}
	}
}

function memberValue(member: NonNullable<SourceManifest[Field]>): JsonValue {
	if (member instanceof Map) {
		const sorted = [...member].sort(([a], [b]) => compareCodePoints(a, b));
		return new Map(sorted.map(([name, value]) => [name, sortJson(value)]));
	}
	return sortJson(member as JsonValue);
}

function isEmpty(member: SourceManifest[Field]): boolean {
	if (member === undefined || member === "" || member === false) return true;
	if (Array.isArray(member)) return member.length === 0;
	return member instanceof Map && member.size === 0;
}

function mismatch(subject: string, expected: string, got: JsonValue): PantavisorError {
	return new PantavisorError(
		"ERR_SOURCE_MANIFEST",
		`${subject}: read: expected ${expected}, got ${describeJson(got)}`,
	);
}

/** Describes a value for messages: strings and numbers by themselves, others by their kind. */
export function describeJson(value: JsonValue | undefined): string {
	if (value === undefined) return "nothing";
	if (typeof value === "string") return JSON.stringify(value);
	if (Array.isArray(value)) return "an array";
	return isJsonObject(value) ? "an object" : String(value);
}
