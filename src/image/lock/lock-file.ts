import {
	compareCodePoints,
	encodeIndentedJson,
	isJsonObject,
	type JsonObject,
	type JsonValue,
	jsonObject,
	parseJson,
} from "../../ground/json/index.js";
import { platformKey } from "../oci/index.js";
import { LockError } from "./errors.js";
import type {
	Lock,
	LockedBlob,
	LockedDirectory,
	LockedImage,
	LockedObject,
	LockedOutput,
	LockedPlatform,
	LockedSignature,
} from "./lock.js";
import { LockMember } from "./lock-member.js";

/** The version of the format that this program reads and writes. */
const LOCK_VERSION = 1;
/** Most bytes of a lock: 10,000 images of a few platforms. */
const MAXIMUM_SIZE = 64 << 20;

const TOP_MEMBERS = new Set(["lockVersion", "pvpkg", "images", "files", "directories", "outputs"]);
const IMAGE_MEMBERS = new Set(["image", "mediaType", "resolved", "size", "platforms"]);
const PLATFORM_MEMBERS = new Set(["platform", "manifest", "config", "layers", "signatures"]);
const BLOB_MEMBERS = new Set(["mediaType", "digest", "size"]);
const LAYER_MEMBERS = new Set([...BLOB_MEMBERS, "diffId"]);
const SIGNATURE_MEMBERS = new Set(["key", "digest", "form", "identity"]);
const OBJECT_MEMBERS = new Set(["sha256", "size"]);
const DIRECTORY_MEMBERS = new Set(["sha256", "owner"]);
const OUTPUT_MEMBERS = new Set(["pvpkg", "engine", "options", "package", "unsigned", "objects"]);

/**
 * Parses a lock.
 * @param path for messages.
 * @throws LockError ERR_LOCK_FORMAT naming the member, ERR_LOCK_VERSION; JsonError with line and column.
 */
export function parseLock(bytes: Uint8Array, path: string): Lock {
	const unknownPaths: string[] = [];
	const top = new LockMember(parseDocument(bytes, path), path, unknownPaths);
	const version = top.member("lockVersion").count();
	if (version !== LOCK_VERSION) {
		const reason = `expected lockVersion ${LOCK_VERSION}, got ${version}: it was made by a newer pvpkg: use that one`;
		throw new LockError("ERR_LOCK_VERSION", `${path}: read: ${reason}`);
	}
	return {
		pvpkg: top.optional("pvpkg")?.string(),
		images: top.optional("images")?.map(parseImage) ?? new Map(),
		files: top.optional("files")?.map(parseObject) ?? new Map(),
		directories: top.optional("directories")?.map(parseDirectory) ?? new Map(),
		outputs: top.optional("outputs")?.map(parseOutput) ?? new Map(),
		unknown: top.others(TOP_MEMBERS),
		unknownPaths,
	};
}

/** Returns the bytes of a lock, which are the same for equal locks. */
export function encodeLock({ pvpkg, images, files, directories, outputs, unknown }: Lock): string {
	const document: JsonObject = jsonObject({ lockVersion: LOCK_VERSION, pvpkg });
	document.set("images", sortedObject(images, imageValue));
	if (files.size > 0) document.set("files", sortedObject(files, objectValue));
	if (directories.size > 0) document.set("directories", sortedObject(directories, directoryValue));
	if (outputs.size > 0) document.set("outputs", sortedObject(outputs, outputValue));
	return `${encodeIndentedJson(extended(document, unknown), "  ")}\n`;
}

function parseDocument(bytes: Uint8Array, path: string): JsonObject {
	if (bytes.length > MAXIMUM_SIZE) {
		const reason = `expected at most ${MAXIMUM_SIZE} bytes, got ${bytes.length}`;
		throw new LockError("ERR_LOCK_FORMAT", `${path}: read: ${reason}`);
	}
	if (/^(<<<<<<<|>>>>>>>) /m.test(Buffer.from(bytes).toString("latin1"))) {
		const remedy = 'keep one side, and run "pvpkg lock"';
		throw new LockError("ERR_LOCK_FORMAT", `${path}: read: it has a merge conflict: ${remedy}`);
	}
	// A reviewer may read the first of two equal members, and this program the last.
	const value = parseJson(bytes, path, { uniqueMembers: true });
	if (isJsonObject(value)) return value;
	throw new LockError("ERR_LOCK_FORMAT", `${path}: read: expected a JSON object`);
}

function parseImage(member: LockMember): LockedImage {
	return {
		image: member.member("image").string(),
		mediaType: member.member("mediaType").string(),
		resolved: member.member("resolved").digest(),
		size: member.optional("size")?.count() ?? 0,
		platforms: parsePlatforms(member.member("platforms")),
		unknown: member.others(IMAGE_MEMBERS),
	};
}

/**
 * Reads the platforms of an image. `linux/arm64` and `linux/arm64/v8` are the same platform, so only one of them
 * may be there.
 */
function parsePlatforms(member: LockMember): Map<string, LockedPlatform> {
	const names = new Map<string, string>();
	const platforms = member.map(parsePlatformEntry);
	for (const name of platforms.keys()) {
		const key = platformKey(member.member(name).asPlatform(name));
		const other = names.get(key);
		if (other !== undefined) member.refuse(`one entry for a platform`, `${other} and ${name}, which are one`);
		names.set(key, name);
	}
	return platforms;
}

function parsePlatformEntry(member: LockMember): LockedPlatform {
	const platform = member.member("platform");
	platform.asPlatform(platform.string());
	return {
		platform: platform.string(),
		manifest: parseBlob(member.member("manifest")),
		config: parseBlob(member.member("config")),
		layers: member.member("layers").list((layer) => {
			return { ...parseBlob(layer, LAYER_MEMBERS), diffId: layer.member("diffId").digest() };
		}),
		signatures: member.optional("signatures")?.list(parseSignature) ?? [],
		unknown: member.others(PLATFORM_MEMBERS),
	};
}

function parseSignature(member: LockMember): LockedSignature {
	return {
		key: member.member("key").digest(),
		digest: member.member("digest").digest(),
		form: member.member("form").string(),
		identity: member.optional("identity")?.string(),
		unknown: member.others(SIGNATURE_MEMBERS),
	};
}

function parseBlob(member: LockMember, known: ReadonlySet<string> = BLOB_MEMBERS): LockedBlob {
	return {
		mediaType: member.member("mediaType").string(),
		digest: member.member("digest").digest(),
		size: member.member("size").count(),
		unknown: member.others(known),
	};
}

function parseOutput(member: LockMember): LockedOutput {
	return {
		pvpkg: member.member("pvpkg").string(),
		engine: member.member("engine").hex(),
		options: member.member("options").json(),
		package: parseObject(member.member("package")),
		unsigned: member.member("unsigned").hex(),
		objects: member.member("objects").map(parseObject),
		unknown: member.others(OUTPUT_MEMBERS),
	};
}

function parseObject(member: LockMember): LockedObject {
	const sha256 = member.member("sha256").hex();
	return { sha256, size: member.member("size").count(), unknown: member.others(OBJECT_MEMBERS) };
}

function parseDirectory(member: LockMember): LockedDirectory {
	const owner = member.optional("owner")?.oneOf("root");
	return { sha256: member.member("sha256").hex(), owner, unknown: member.others(DIRECTORY_MEMBERS) };
}

function imageValue({ image, mediaType, resolved, size, platforms, unknown }: LockedImage): JsonValue {
	const value: JsonObject = jsonObject({ image, mediaType, resolved, size });
	value.set("platforms", sortedObject(platforms, platformValue));
	return extended(value, unknown);
}

function platformValue(entry: LockedPlatform): JsonValue {
	const { platform, manifest, config, layers, signatures, unknown } = entry;
	const value = jsonObject({
		platform,
		manifest: blobValue(manifest),
		config: blobValue(config),
		layers: layers.map((layer) => extended(blobMembers(layer).set("diffId", layer.diffId), layer.unknown)),
		signatures: signatures.length === 0 ? undefined : signatures.map(signatureValue),
	});
	return extended(value, unknown);
}

function signatureValue({ key, digest, form, identity, unknown }: LockedSignature): JsonValue {
	return extended(jsonObject({ key, digest, form, identity }), unknown);
}

function blobValue(blob: LockedBlob): JsonValue {
	return extended(blobMembers(blob), blob.unknown);
}

function blobMembers({ mediaType, digest, size }: LockedBlob): JsonObject {
	return jsonObject({ mediaType, digest, size });
}

function outputValue({
	pvpkg,
	engine,
	options,
	package: file,
	unsigned,
	objects,
	unknown,
}: LockedOutput): JsonValue {
	const value = jsonObject({ pvpkg, engine, options, package: objectValue(file), unsigned });
	value.set("objects", sortedObject(objects, objectValue));
	return extended(value, unknown);
}

function objectValue({ sha256, size, unknown }: LockedObject): JsonValue {
	return extended(jsonObject({ sha256, size }), unknown);
}

function directoryValue({ sha256, owner, unknown }: LockedDirectory): JsonValue {
	return extended(jsonObject({ sha256, owner }), unknown);
}

/** Adds members that this version does not know after those that it knows. */
function extended(value: JsonObject, unknown: JsonObject | undefined): JsonObject {
	return new Map([...value, ...(unknown ?? [])]);
}

function sortedObject<T>(entries: ReadonlyMap<string, T>, encode: (entry: T) => JsonValue): JsonObject {
	const sorted = [...entries].sort(([a], [b]) => compareCodePoints(a, b));
	return new Map(sorted.map(([name, entry]) => [name, encode(entry)]));
}
