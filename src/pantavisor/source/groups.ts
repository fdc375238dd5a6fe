import { isJsonObject, type JsonValue } from "../../ground/json/index.js";
import type { State } from "../state/index.js";
import type { SourceManifest } from "./source-manifest.js";

/**
 * Returns the names of the groups of a device, in order: from `groups.json`, else from `groups` of `device.json`.
 * Containers that name no group get the last one.
 */
export function listGroups(state: State): string[] {
	const device = state.get("device.json");
	const groups: JsonValue | undefined =
		state.get("groups.json") ?? (isJsonObject(device) ? device.get("groups") : undefined);
	if (!Array.isArray(groups)) return [];
	const names = groups.map((group) => (isJsonObject(group) ? group.get("name") : undefined));
	return names.filter((name) => typeof name === "string");
}

/** The group of a container that names none, and what users should know about it. */
export interface GroupChoice {
	readonly group: string | undefined;
	readonly note: string | undefined;
	readonly warning: string | undefined;
}

export function chooseGroup({ args }: SourceManifest, groups: readonly string[]): GroupChoice {
	const given = args?.get("PV_GROUP") || undefined;
	const runlevel = args?.get("PV_RUNLEVEL") || undefined;
	const last = groups.at(-1);
	const known = given === undefined || last === undefined || groups.includes(String(given));
	const isDefault = given === undefined && runlevel === undefined && last !== undefined;
	return {
		group: isDefault ? last : undefined,
		note: isDefault ? `runs in the default group ${last}` : undefined,
		warning: known ? undefined : `unknown group ${String(given)}, expected one of ${groups.join(", ")}`,
	};
}
