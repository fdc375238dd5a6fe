import { isJsonObject, type JsonObject, type JsonValue } from "../../ground/json/index.js";
import { PantavisorError } from "../state/index.js";
import type { RunMember } from "./run-member.js";

/** Members that define the container, and are made from its name and files. */
const OWN: readonly string[] = ["#spec", "name", "config", "type", "root-volume"];
/** The first of the members at the end of pvr's text. */
const BEFORE = "storage";

/**
 * Returns the members of `run.json` with `run` of src.json merged into them: objects member by member, where a null
 * removes one (RFC 7396), and other values in place of the old one. Devices read members that no template argument
 * makes: `dev-log`, `share`, `network` with `mode` or `interfaces`
 * (docs/formats/devices.md#the-state-and-the-running-device).
 * @throws PantavisorError ERR_ARGUMENT for a member that defines the container.
 */
export function overlayMembers(members: readonly RunMember[], overlay: JsonObject | undefined): RunMember[] {
	const merged = [...members];
	for (const [name, value] of overlay ?? []) {
		if (OWN.includes(name)) {
			const reason = `${name} is made from the container itself, expected another member`;
			throw new PantavisorError("ERR_ARGUMENT", `src.json: run: ${reason}`);
		}
		const at = merged.findIndex((member) => member.name === name);
		const origins = [...(merged[at]?.origins ?? []), `run.${name}`];
		const entry = value === null ? [] : [{ name, value: mergeValue(merged[at]?.value, value), origins }];
		if (at >= 0) merged.splice(at, 1, ...entry);
		else merged.splice(indexOfStorage(merged), 0, ...entry);
	}
	return merged;
}

function indexOfStorage(members: readonly RunMember[]): number {
	const at = members.findIndex(({ name }) => name === BEFORE);
	return at < 0 ? members.length : at;
}

function mergeValue(below: JsonValue | undefined, above: JsonValue): JsonValue {
	if (!isJsonObject(above)) return above;
	const merged: JsonObject = new Map(isJsonObject(below) ? below : []);
	for (const [name, value] of above) {
		if (value === null) merged.delete(name);
		else merged.set(name, mergeValue(merged.get(name), value));
	}
	return merged;
}
