import { isJsonObject, type JsonValue, jsonTokens } from "../../ground/json/index.js";
import { runProblems } from "../run/index.js";
import type { State } from "../state/index.js";
import { error, type Finding, warning } from "./finding.js";

/**
 * Documents that describe the device. A device finds each by the first string of that name anywhere in the text of
 * the state, and reads what follows as the document (docs/formats/devices.md#the-state-and-the-running-device).
 */
const DEVICE_DOCUMENTS: ReadonlySet<string> = new Set([
	...["bsp/run.json", "bsp/drivers.json"],
	...["device.json", "groups.json", "disks.json", "disks_v3.json"],
]);
/** The documents that may be lists. */
const LISTS: ReadonlySet<string> = new Set(["groups.json", "disks.json", "disks_v3.json"]);

/** Checks that a device can read a document that it looks for, and does not take it for a container. */
export function lintDocument(key: string, value: JsonValue): Finding[] {
	if (DEVICE_DOCUMENTS.has(key) || isContainerKey(key)) {
		const isReadable = isJsonObject(value) || (LISTS.has(key) && Array.isArray(value));
		return isReadable ? [] : [error("STATE_DOCUMENT", key, "expected a JSON object in the state itself")];
	}
	if (!key.endsWith("/run.json") || isPassedOver(value)) return [];
	return [error("RUN_PLACE", key, "devices take every run.json for a container: expected NAME/run.json")];
}

/** Returns whether a document has nothing that devices read as part of a container. */
function isPassedOver(value: JsonValue): boolean {
	if (!isJsonObject(value)) return false;
	const members = new Map([...value].filter(([name]) => name !== "#spec"));
	return runProblems(members).filter(({ kind }) => kind === "unknown").length === members.size;
}

/** Keys that devices take for a document that they have read already: they compare the beginning alone. */
export function lintPassedOver(key: string): Finding[] {
	const name = ["#spec", ...DEVICE_DOCUMENTS].find((known) => known !== key && known.startsWith(key));
	return name === undefined ? [] : [warning("STATE_KEY_PASSED_OVER", key, `devices take it for ${name}`)];
}

/** Reports names of documents that devices look for inside other documents, where devices would find them too. */
export function lintHidden(state: State): Finding[] {
	return [...state].flatMap(([key, value]) =>
		[...namesInside(value)].map((name) =>
			error("STATE_HIDDEN", key, `has the string "${name}": devices take what follows for it`),
		),
	);
}

function isContainerKey(key: string): boolean {
	return /^[^/_][^/]*\/run\.json$/.test(key);
}

/**
 * Returns whether devices look for a string: the name of a document of theirs, or the key of a container's run.json,
 * after which they look for its mount options when it starts (remount.c at 303584a7 drops the key's last letter). The
 * container may be in the device's state alone.
 */
function isLookedFor(text: string): boolean {
	return DEVICE_DOCUMENTS.has(text) || isContainerKey(text) || isContainerKey(`${text}n`);
}

function namesInside(value: JsonValue): Set<string> {
	const found = new Set<string>();
	for (const token of jsonTokens([value])) {
		if (typeof token === "string" && isLookedFor(token)) found.add(token);
	}
	return found;
}
