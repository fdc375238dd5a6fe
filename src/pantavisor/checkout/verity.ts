import { type Content, sha256Hex } from "../../ground/bytes/index.js";
import { FileChanges, openFileContent, placeBelow, readFileIfPresent } from "../../ground/files/index.js";
import {
	encodeCanonicalJson,
	isJsonObject,
	type JsonObject,
	type JsonValue,
	parseJson,
} from "../../ground/json/index.js";
import { encodeSourceManifest, parseSourceManifest } from "../source/index.js";
import {
	parseVerityManifest,
	protectVolume,
	type VerityManifest,
	verityManifestValue,
} from "../verity/index.js";
import { type AddedFile, encodeAddedFiles } from "./added-files.js";
import type { Checkout } from "./checkout-reader.js";
import { CheckoutError } from "./errors.js";
import { readWorkingState } from "./working-state.js";

/** A volume that was protected. */
export interface ProtectedVolume {
	/** Key of the volume, such as `web/root.squashfs`. */
	readonly volume: string;
	readonly rootHash: string;
}

/**
 * Gives a volume of a container its dm-verity hash file and manifest, and adapts `run.json` and `src.json`
 * (docs/formats/pvr.md#protecting-after-a-change).
 * @throws BytesError ERR_FILE_NOT_FOUND; VerityError; CheckoutError
 */
export function convertVolume(checkout: Checkout, container: string, volume: string): ProtectedVolume {
	checkPath(`${container}/${volume}`);
	const { directory } = checkout;
	const changes = new FileChanges(directory);
	try {
		const content = openFileContent(placeBelow(directory, `${container}/${volume}`));
		let result: ProtectedVolume;
		try {
			result = writeProtection(changes, checkout, container, volume, content);
		} finally {
			content.close();
		}
		markRunManifest(changes, directory, container, volume);
		markSourceManifest(changes, directory, container, volume);
		changes.commit();
		return result;
	} finally {
		changes.discard();
	}
}

/**
 * Makes the hash files of all tracked `_dm` manifests again, in the order of their keys.
 * @param prefix beginning of the keys: a container, or a part of one. Default: all.
 */
export function applyVerity(checkout: Checkout, prefix = ""): ProtectedVolume[] {
	const { directory } = checkout;
	const changes = new FileChanges(directory);
	try {
		const manifests = [...readWorkingState(checkout).state].filter(
			([key]) => key.startsWith(prefix) && /^[^/]+\/_dm\/.+\.json$/.test(key),
		);
		const results = manifests.map(([key, value]) => {
			const container = key.slice(0, key.indexOf("/"));
			const volume = parseVerityManifest(value, key).dataDevice || key.slice(key.indexOf("_dm/") + 4, -5);
			checkPath(`${container}/${volume}`);
			const content = openFileContent(placeBelow(directory, `${container}/${volume}`));
			try {
				return writeProtection(changes, checkout, container, volume, content);
			} finally {
				content.close();
			}
		});
		changes.commit();
		return results;
	} finally {
		changes.discard();
	}
}

/** Writes the hash file and the manifest of a volume, and marks both as added. */
function writeProtection(
	changes: FileChanges,
	checkout: Checkout,
	container: string,
	volume: string,
	content: Content,
): ProtectedVolume {
	const key = `${container}/_dm/${volume}.json`;
	const subject = `${container}/${volume}`;
	const { manifest, hashes } = protectVolume(content, volume, subject, readManifest(checkout.directory, key));
	const text = encodeCanonicalJson(verityManifestValue(manifest));
	changes.write(`${subject}.hash`, hashes);
	changes.write(key, text);
	const file = (bytes: Uint8Array | string): AddedFile => ({ raw: false, sha256: sha256Hex(bytes) });
	// All volumes of a run add to this list.
	checkout.added.set(`${subject}.hash`, file(hashes)).set(key, file(text));
	changes.write(".pvr/new", encodeAddedFiles(checkout.added));
	return { volume: subject, rootHash: manifest.rootHash };
}

function readManifest(directory: string, key: string): VerityManifest | undefined {
	const path = placeBelow(directory, key);
	const text = readFileIfPresent(path);
	return text && parseVerityManifest(parseJson(text, path), path);
}

function markRunManifest(changes: FileChanges, directory: string, container: string, volume: string): void {
	const path = placeBelow(directory, `${container}/run.json`);
	const text = readFileIfPresent(path);
	if (text === undefined) return;
	const run = parseJson(text, path);
	if (isJsonObject(run))
		changes.write(`${container}/run.json`, encodeCanonicalJson(prefixVolume(run, volume)));
}

/** Puts `dm:` before the name of the volume in the member that has it. */
function prefixVolume(run: JsonObject, volume: string): JsonObject {
	const marked = `dm:${volume}`;
	const mark = (value: JsonValue): JsonValue => (value === volume ? marked : value);
	const member = ["modules", "firmware", "root-volume"].find((name) =>
		[volume, marked].includes(run.get(name) as string),
	);
	if (member !== undefined) return new Map(run).set(member, marked);
	const volumes = run.get("volumes");
	return Array.isArray(volumes) ? new Map(run).set("volumes", volumes.map(mark)) : run;
}

function markSourceManifest(
	changes: FileChanges,
	directory: string,
	container: string,
	volume: string,
): void {
	const path = placeBelow(directory, `${container}/src.json`);
	const text = readFileIfPresent(path);
	if (text === undefined) return;
	const source = parseSourceManifest(text, path);
	const dmEnabled = new Map(source.dmEnabled).set(volume, true);
	changes.write(`${container}/src.json`, encodeSourceManifest({ ...source, dmEnabled }));
}

function checkPath(path: string): void {
	const components = path.split("/");
	if (components.length > 1 && components.every((name) => !["", ".", ".."].includes(name))) return;
	throw new CheckoutError(
		"ERR_CHECKOUT_KEY",
		`${path}: dm-verity: expected CONTAINER/VOLUME without empty, "." or ".." components`,
	);
}
