import { isJsonObject, type JsonValue } from "../json/index.js";
import type { State } from "./state.js";

/**
 * The names of the groups a device has, in order: `groups.json`, else `groups` of
 * `device.json` (4.6, quirk 33). The last one takes the containers that name none.
 */
export function listGroups(state: State): string[] {
	const device = state.get("device.json");
	const groups: JsonValue | undefined =
		state.get("groups.json") ?? (isJsonObject(device) ? device.get("groups") : undefined);
	if (!Array.isArray(groups)) return [];
	const names = groups.map((group) => (isJsonObject(group) ? group.get("name") : undefined));
	return names.filter((name) => typeof name === "string");
}
