import { FileChanges, placeBelow, readFileIfPresent } from "../../ground/files/index.js";
import { encodeIndentedJson, isJsonObject, type JsonObject, parseJson } from "../../ground/json/index.js";

/** The members of `.pvr/config` that remember where a checkout comes from and goes to. */
export type PlaceName = "DefaultGetUrl" | "DefaultPutUrl" | "DefaultPostUrl";

/** Returns a place that a checkout remembers; undefined for none. @throws JsonError; BytesError */
export function readPlace(directory: string, name: PlaceName): string | undefined {
	const value = readConfig(directory).get(name);
	return typeof value === "string" && value !== "" ? value : undefined;
}

/** Has a checkout remember places; other members of its `.pvr/config` stay. @throws JsonError; BytesError */
export function rememberPlaces(directory: string, places: Partial<Record<PlaceName, string>>): void {
	const config = new Map([...readConfig(directory), ...Object.entries(places)]);
	const changes = new FileChanges(directory);
	try {
		changes.write(".pvr/config", encodeIndentedJson(config, "\t"));
		changes.commit();
	} finally {
		changes.discard();
	}
}

function readConfig(directory: string): JsonObject {
	const path = placeBelow(directory, ".pvr/config");
	const text = readFileIfPresent(path);
	const config = text && parseJson(text, path);
	return isJsonObject(config) ? config : new Map();
}
