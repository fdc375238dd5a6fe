import { compareCodePoints, formatSize, type PushPlan, partOfKey } from "../internal.js";
import type { PushSteps } from "./documents/documents.js";
import { formatTable } from "./terminal.js";

/** Returns a plan as text: what changes in each part, what is sent, and the findings. */
export function formatPushPlan(plan: PushPlan): string {
	const { against, objects, transfer } = plan;
	const parts = new Set([...against.added, ...against.changed, ...against.removed].map(partOfKey));
	const rows = [...parts].sort(compareCodePoints).map((part) => partRow(plan, part));
	const table = formatTable([["PART", "CHANGE", "ADDED", "CHANGED", "REMOVED", "TO SEND"], ...rows]);
	const missing = objects.filter(({ present }) => !present).length;
	const there = objects.length - missing;
	const findings = against.findings.map(
		({ severity, subject, message }) => `${severity}: ${subject}: ${message}`,
	);
	return [
		...(rows.length === 0 ? ["nothing changes"] : [table]),
		`to send: ${count(missing, "object")}, ${formatSize(transfer)}; the device has ${there} of ${objects.length}`,
		...findings,
	].join("\n");
}

/** Returns a plan as `--json` prints it. */
export function plainPushPlan({ against, objects, transfer }: PushPlan): PushSteps {
	const { added, changed, removed, findings } = against;
	return { added, changed, removed, findings, objects, transfer };
}

function partRow({ against, objects }: PushPlan, part: string): string[] {
	const ofPart = (keys: readonly string[]): number => keys.filter((key) => partOfKey(key) === part).length;
	const [added, changed, removed] = [against.added, against.changed, against.removed].map(ofPart);
	const stays = [...against.state.keys()].filter((key) => partOfKey(key) === part).length;
	const change = stays === 0 ? "removed" : stays === added ? (removed ? "replaced" : "new") : "changed";
	const size = objects
		.filter(({ key, present }) => !present && partOfKey(key) === part)
		.reduce((sum, object) => sum + object.size, 0);
	return [part, change, String(added), String(changed), String(removed), formatSize(size)];
}

function count(number: number, noun: string): string {
	return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
