import { bufferContent, type Content, sha256Hex } from "../../ground/bytes/index.js";
import { type JsonObject, type JsonValue, parseJson } from "../../ground/json/index.js";
import { renderLxcConfig } from "../lxc/index.js";
import { checkPartName } from "../rules/index.js";
import { createRunManifest, type RenderInput } from "../run/index.js";
import { sourceManifestValue } from "../source/index.js";
import { PantavisorError, removePart, type State } from "../state/index.js";

/** An object of a package: bytes with a known digest. */
export type StateObject = Content & { readonly sha256: string };

/** A file of a state: a JSON document, or an object. */
export type StateFile = { readonly document: JsonValue } | { readonly object: StateObject };

/** The files of one container, by their keys in the state. */
export interface Part {
	readonly name: string;
	readonly documents: ReadonlyMap<string, JsonValue>;
	readonly objects: ReadonlyMap<string, StateObject>;
}

/** The inputs for a container. */
export interface PartInput extends RenderInput {
	/** The image files: `root.squashfs`; `root.ovl.squashfs` for an overlay; both for a patched image. */
	readonly images: ReadonlyMap<"root.squashfs" | "root.ovl.squashfs", StateObject>;
	/** Further files by their path below the container: `pvpkg.json`, `services.json`, `mdev.json`. */
	readonly files?: ReadonlyMap<string, StateFile> | undefined;
	/** Files to add over the root file system, by their path in it: they become `_config/NAME/…`. */
	readonly overlay?: ReadonlyMap<string, StateFile> | undefined;
}

/**
 * Makes all files of a container: `src.json`, `run.json`, `lxc.container.conf` if it runs a program, its image
 * files with their digests, and the further files.
 *
 * @throws PantavisorError for a name, argument or volume that is not valid.
 */
export function createPart(input: PartInput): Part {
	const { name, source } = input;
	checkPartName(name);
	const documents = new Map<string, JsonValue>([
		[`${name}/src.json`, sourceManifestValue(source)],
		[`${name}/run.json`, createRunManifest(input)],
	]);
	const objects = new Map<string, StateObject>();
	const conf = renderLxcConfig(input);
	if (conf !== undefined) objects.set(`${name}/lxc.container.conf`, textObject(conf));
	for (const [file, image] of input.images) {
		objects.set(`${name}/${file}`, image);
		for (const [suffix, digest] of digestTexts(input, file)) {
			objects.set(`${name}/${file}.${suffix}`, textObject(digest));
		}
	}
	const add = (key: string, file: StateFile): void => {
		if (documents.has(key) || objects.has(key))
			throw refusal(name, `${key} is made here, expected another file`);
		if ("document" in file) documents.set(key, file.document);
		else objects.set(key, file.object);
	};
	for (const [path, file] of input.files ?? []) add(`${name}/${path}`, file);
	for (const [path, file] of input.overlay ?? []) add(`_config/${name}/${path}`, file);
	return { name, documents, objects };
}

/** Returns the files that state which image a file was made of, without newlines. */
function digestTexts({ source }: PartInput, file: string): [suffix: string, text: string][] {
	const image = file === "root.ovl.squashfs" ? source.dockerOvlDigest : source.dockerDigest;
	const texts: [string, string | undefined][] = [
		["docker-digest", image],
		["rootfs-digest", file === "root.squashfs" ? source.rootfsDigest : undefined],
	];
	return texts.filter((entry): entry is [string, string] => !!entry[1]);
}

/** Returns a string as an object. */
export function textObject(text: string): StateObject {
	return bytesObject(Buffer.from(text, "utf8"));
}

/** Returns bytes in memory as an object. */
export function bytesObject(bytes: Uint8Array): StateObject {
	const sha256 = sha256Hex(bytes);
	return { ...bufferContent(bytes), sha256 };
}

/** Returns a file as pvr tracks it: `.json` inline, all others as objects. @throws JsonError */
export function stateFile(path: string, bytes: Uint8Array): StateFile {
	return path.endsWith(".json") ? { document: parseJson(bytes, path) } : { object: bytesObject(bytes) };
}

/** Returns a state in which a part replaces everything under its name, including the old signature. */
export function mergePart(state: State, part: Part): State {
	const merged: JsonObject = new Map(removePart(state, part.name));
	for (const [key, document] of part.documents) merged.set(key, document);
	for (const [key, object] of part.objects) merged.set(key, object.sha256);
	return merged;
}

function refusal(name: string, reason: string): PantavisorError {
	return new PantavisorError("ERR_STATE", `${name}: create part: ${reason}`);
}
