import {
	compareCodePoints,
	encodeIndentedJson,
	isJsonObject,
	type JsonObject,
	type JsonValue,
	jsonObject,
	parseJson,
} from "../../ground/json/index.js";
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

/**
 * Parses a lock.
 * @param path for messages.
 * @throws LockError ERR_LOCK_FORMAT naming the member, ERR_LOCK_VERSION; JsonError with line and column.
 */
export function parseLock(bytes: Uint8Array, path: string): Lock {
	const top = new LockMember(parseDocument(bytes, path), path);
	const version = top.member("lockVersion").count();
	if (version !== LOCK_VERSION) {
		const reason = `expected lockVersion ${LOCK_VERSION}, got ${version}: it was made by a newer pvpkg`;
		throw new LockError("ERR_LOCK_VERSION", `${path}: read: ${reason}`);
	}
	return {
		pvpkg: top.optional("pvpkg")?.string(),
		images: top.optional("images")?.map(parseImage) ?? new Map(),
		files: top.optional("files")?.map(parseObject) ?? new Map(),
		directories: top.optional("directories")?.map(parseDirectory) ?? new Map(),
		outputs: top.optional("outputs")?.map(parseOutput) ?? new Map(),
		unknown: top.others(TOP_MEMBERS),
	};
}

/** Returns the bytes of a lock: the same lock gives the same bytes. */
export function encodeLock({ pvpkg, images, files, directories, outputs, unknown }: Lock): string {
	const document: JsonObject = jsonObject({ lockVersion: LOCK_VERSION, pvpkg });
	document.set("images", sortedObject(images, imageValue));
	if (files.size > 0) document.set("files", sortedObject(files, objectValue));
	if (directories.size > 0) document.set("directories", sortedObject(directories, directoryValue));
	if (outputs.size > 0) document.set("outputs", sortedObject(outputs, outputValue));
	for (const [name, value] of unknown) document.set(name, value);
	return `${encodeIndentedJson(document, "  ")}\n`;
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
	// Whoever reviews a change of it may read the first of two, and this program the last.
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
		platforms: member.member("platforms").map(parsePlatformEntry),
		unknown: member.others(IMAGE_MEMBERS),
	};
}

function parsePlatformEntry(member: LockMember): LockedPlatform {
	return {
		platform: member.member("platform").string(),
		manifest: parseBlob(member.member("manifest")),
		config: parseBlob(member.member("config")),
		layers: member.member("layers").list((layer) => {
			return { ...parseBlob(layer), diffId: layer.member("diffId").digest() };
		}),
		signatures: member.optional("signatures")?.list(parseSignature) ?? [],
	};
}

function parseSignature(member: LockMember): LockedSignature {
	return {
		key: member.member("key").digest(),
		digest: member.member("digest").digest(),
		form: member.member("form").string(),
		identity: member.optional("identity")?.string(),
	};
}

function parseBlob(member: LockMember): LockedBlob {
	return {
		mediaType: member.member("mediaType").string(),
		digest: member.member("digest").digest(),
		size: member.member("size").count(),
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
	};
}

function parseObject(member: LockMember): LockedObject {
	return { sha256: member.member("sha256").hex(), size: member.member("size").count() };
}

function parseDirectory(member: LockMember): LockedDirectory {
	const owner = member.optional("owner")?.oneOf("root");
	return { sha256: member.member("sha256").hex(), owner };
}

function imageValue({ image, mediaType, resolved, size, platforms, unknown }: LockedImage): JsonValue {
	const value: JsonObject = jsonObject({ image, mediaType, resolved, size });
	value.set("platforms", sortedObject(platforms, platformValue));
	for (const [name, member] of unknown) value.set(name, member);
	return value;
}

function platformValue({ platform, manifest, config, layers, signatures }: LockedPlatform): JsonValue {
	return jsonObject({
		platform,
		manifest: blobValue(manifest),
		config: blobValue(config),
		layers: layers.map((layer) => ({ ...blobValue(layer), diffId: layer.diffId })),
		signatures:
			signatures.length === 0
				? undefined
				: signatures.map(({ key, digest, form, identity }) => jsonObject({ key, digest, form, identity })),
	});
}

function blobValue({ mediaType, digest, size }: LockedBlob): { [name: string]: string | number } {
	return { mediaType, digest, size };
}

function outputValue({ objects, ...output }: LockedOutput): JsonValue {
	const value = jsonObject({ ...output, package: { ...output.package } });
	value.set("objects", sortedObject(objects, objectValue));
	return value;
}

function objectValue({ sha256, size }: LockedObject): JsonValue {
	return jsonObject({ sha256, size });
}

function directoryValue({ sha256, owner }: LockedDirectory): JsonValue {
	return jsonObject({ sha256, owner });
}

function sortedObject<T>(entries: ReadonlyMap<string, T>, encode: (entry: T) => JsonValue): JsonObject {
	const sorted = [...entries].sort(([a], [b]) => compareCodePoints(a, b));
	return new Map(sorted.map(([name, entry]) => [name, encode(entry)]));
}
