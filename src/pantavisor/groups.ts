import { isJsonObject, type JsonValue } from "../json/index.js";
import type { SourceManifest } from "./source-manifest.js";
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

/** What to tell about the group a container comes to run in (4.6). */
export function groupNotices({ args }: SourceManifest, groups: readonly string[]): string[] {
	const group = args?.get("PV_GROUP") || undefined;
	const runlevel = args?.get("PV_RUNLEVEL") || undefined;
	const notices: string[] = [];
	if (typeof group === "string" && !groups.includes(group)) {
		notices.push(`group ${group} is none of the device's: ${groups.join(", ") || "it has none"}`);
	}
	if (runlevel !== undefined) {
		notices.push(
			`runlevel is deprecated${groups.length > 0 ? `, and the device has groups: ${groups.join(", ")}` : ""}`,
		);
	}
	if (group === undefined && runlevel === undefined && groups.length > 0) {
		notices.push(`no group was given: the device's last one, ${groups.at(-1)}, is taken`);
	}
	return notices;
}
