import { sha256Hex } from "../../ground/bytes/index.js";
import { isJsonObject, type JsonObject, type JsonValue } from "../../ground/json/index.js";
import { VerityError } from "./errors.js";

/** A `_dm/VOLUME.json`: what the device needs to open a volume with dm-verity (docs/formats/pvr.md#dm-verity). */
export interface VerityManifest {
	readonly dataDevice: string;
	readonly hashDevice: string;
	readonly rootHash: string;
	/** Salt in lower-case hex; absent in old manifests. */
	readonly salt?: string | undefined;
	readonly uuid?: string | undefined;
	/** Members that pvpkg does not know. */
	readonly others: JsonObject;
}

const MEMBERS = ["data_device", "hash_device", "root_hash", "salt", "type", "uuid"];

/** Reads a manifest. @throws VerityError ERR_VERITY_FORMAT naming the member. */
export function parseVerityManifest(value: JsonValue, subject: string): VerityManifest {
	if (!isJsonObject(value)) {
		throw new VerityError("ERR_VERITY_FORMAT", `${subject}: read: expected an object`);
	}
	const text = (name: string): string | undefined => {
		const member = value.get(name);
		if (member === undefined || typeof member === "string") return member;
		throw new VerityError("ERR_VERITY_FORMAT", `${subject}: ${name}: expected a string`);
	};
	return {
		dataDevice: text("data_device") ?? "",
		hashDevice: text("hash_device") ?? "",
		rootHash: text("root_hash") ?? "",
		salt: text("salt"),
		uuid: text("uuid"),
		others: new Map([...value].filter(([name]) => !MEMBERS.includes(name))),
	};
}

export function verityManifestValue(manifest: VerityManifest): JsonObject {
	return new Map<string, JsonValue>([
		...manifest.others,
		["data_device", manifest.dataDevice],
		["hash_device", manifest.hashDevice],
		["root_hash", manifest.rootHash],
		...(manifest.salt === undefined ? [] : [["salt", manifest.salt] as const]),
		["type", "dm-verity"],
		...(manifest.uuid === undefined ? [] : [["uuid", manifest.uuid] as const]),
	]);
}

/**
 * Returns salt and uuid for a volume that has none yet. They are made from its hash, so that the same volume gets
 * the same hash file on every machine.
 */
export function verityIdentity(volumeSha256: string): { salt: string; uuid: string } {
	const hex = sha256Hex(`dm-verity uuid ${volumeSha256}`);
	// RFC 9562: version 8 (vendor-specific), variant 10.
	const variant = ((Number.parseInt(hex[16]!, 16) & 3) | 8).toString(16);
	const uuid = [
		hex.slice(0, 8),
		hex.slice(8, 12),
		`8${hex.slice(13, 16)}`,
		`${variant}${hex.slice(17, 20)}`,
		hex.slice(20, 32),
	].join("-");
	return { salt: sha256Hex(`dm-verity salt ${volumeSha256}`), uuid };
}
