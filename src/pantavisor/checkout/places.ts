import { FileChanges, placeBelow, readFileIfPresent } from "../../ground/files/index.js";
import { encodeIndentedJson, isJsonObject, type JsonObject, parseJson } from "../../ground/json/index.js";

/** Members of `.pvr/config` for where a checkout comes from, and where it is sent. */
export type PlaceName = "DefaultGetUrl" | "DefaultPutUrl" | "DefaultPostUrl";

/** Returns a place from the configuration of a checkout, if it has one. @throws JsonError; BytesError */
export function readPlace(directory: string, name: PlaceName): string | undefined {
	const value = readConfig(directory).get(name);
	return typeof value === "string" && value !== "" ? value : undefined;
}

/** Writes places into `.pvr/config`; its other members are kept. @throws JsonError; BytesError */
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
