import { isJsonObject, type JsonObject, type JsonValue } from "../../ground/json/index.js";

/** Members with a meaning, by the object that has them. */
const DESCRIPTOR = ["mediaType", "digest", "size", "platform", "annotations", "artifactType", "urls", "data"];
const PLATFORM = ["os", "architecture", "variant"];
const DOCUMENT = ["schemaVersion", "mediaType", "artifactType", "config", "layers", "manifests", "subject"];
const CONFIG = ["os", "architecture", "variant", "created", "rootfs", "config"];
const ROOTFS = ["type", "diff_ids"];
const PROCESS = ["Entrypoint", "Cmd", "Env", "WorkingDir", "User", "Volumes"];
const SAVED_IMAGE = ["Config", "RepoTags", "Layers"];

/**
 * Returns a member whose name differs from a known one only in case; undefined if there is none. Programs in Go
 * read `Layers` as `layers`, and the last if there are both, so that they would see another image than others.
 */
type FindSpelling = (value: JsonValue | undefined) => string | undefined;

/** Searches a manifest or an index. */
export const misspeltInManifest: FindSpelling = (value) => {
	const document = objectOf(value);
	const listed = [document?.get("layers"), document?.get("manifests")].filter(Array.isArray).flat();
	const own = inDocument(value);
	return own ?? firstOf([document?.get("config"), ...listed], misspeltInDescriptor);
};

/** Searches the configuration of an image. */
export const misspeltInConfig: FindSpelling = (value) =>
	inConfig(value) ?? inRootfs(objectOf(value)?.get("rootfs")) ?? inProcess(objectOf(value)?.get("config"));

/** Searches the `manifest.json` of `docker save`. */
export const misspeltInSavedImages: FindSpelling = (value) =>
	Array.isArray(value) ? firstOf(value, inSavedImage) : undefined;

const inDocument = spellings(DOCUMENT);
const inDescriptor = spellings(DESCRIPTOR);
const inPlatform = spellings(PLATFORM);
const inConfig = spellings(CONFIG);
const inRootfs = spellings(ROOTFS);
const inProcess = spellings(PROCESS);
const inSavedImage = spellings(SAVED_IMAGE);

function misspeltInDescriptor(value: JsonValue | undefined): string | undefined {
	return inDescriptor(value) ?? inPlatform(objectOf(value)?.get("platform"));
}

function spellings(known: readonly string[]): FindSpelling {
	const exact = new Set(known);
	const folded = new Set(known.map(fold));
	return (value) => {
		const names = objectOf(value)?.keys() ?? [];
		return [...names].find((name) => !exact.has(name) && folded.has(fold(name)));
	};
}

function firstOf(values: readonly (JsonValue | undefined)[], find: FindSpelling): string | undefined {
	for (const value of values) {
		const found = find(value);
		if (found !== undefined) return found;
	}
	return undefined;
}

function objectOf(value: JsonValue | undefined): JsonObject | undefined {
	return value !== undefined && isJsonObject(value) ? value : undefined;
}

/** Folds case as Go does: the long s and the Kelvin sign are variants of letters too. */
function fold(name: string): string {
	return name.toUpperCase().toLowerCase();
}
