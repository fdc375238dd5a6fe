import { isJsonObject, JsonNumber, type JsonObject, parseJson } from "../../ground/json/index.js";

/** How far a device has come with a revision. */
export interface RevisionProgress {
	/** The device's word: INPROGRESS, TESTING, DONE, UPDATED, ERROR, WONTGO, and others; upper case. */
	readonly status: string;
	/** What the device says about it; may hold anything, but no more than some lines. */
	readonly message: string;
	/** 0 to 100. */
	readonly percent: number;
}

/** Most characters of a device's message about a revision. */
const MOST_MESSAGE = 4_096;

/** Final statuses of a revision that runs. */
const DONE: ReadonlySet<string> = new Set(["DONE", "UPDATED"]);
/** Final statuses of a revision that does not run. */
const FAILED: ReadonlySet<string> = new Set(["ERROR", "WONTGO", "ABORTED", "CANCELLED"]);

export function isDone({ status }: RevisionProgress): boolean {
	return DONE.has(status);
}

export function isFailed({ status }: RevisionProgress): boolean {
	return FAILED.has(status);
}

/**
 * Parses an answer to `status`: `{"progress":{"status","status-msg","progress","data"},"rev"}`, or the inner
 * object alone, as pv-ctrl has it. Undefined where it says nothing about a revision.
 * @throws JsonError
 */
export function parseProgress(text: Uint8Array, subject: string): RevisionProgress | undefined {
	const value = parseJson(text, subject);
	if (!isJsonObject(value)) return undefined;
	const inner = value.get("progress");
	return progressOf(isJsonObject(inner) ? inner : value);
}

function progressOf(members: JsonObject): RevisionProgress | undefined {
	const status = members.get("status");
	if (typeof status !== "string" || status === "") return undefined;
	const message = members.get("status-msg");
	return {
		status: status.toUpperCase().slice(0, 40),
		message: typeof message === "string" ? message.slice(0, MOST_MESSAGE) : "",
		percent: percentOf(members.get("progress")),
	};
}

function percentOf(value: unknown): number {
	const number = Number(value instanceof JsonNumber ? value.literal : typeof value === "string" ? value : 0);
	return number >= 0 && number <= 100 ? number : 0;
}
