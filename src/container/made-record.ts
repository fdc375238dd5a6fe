import type { Finding } from "../ground/findings/index.js";
import {
	isJsonObject,
	type JsonObject,
	type JsonValue,
	jsonObject,
	parseJson,
} from "../ground/json/index.js";

/** The record of a made image: its digest, and the findings of making it. */
export interface MadeRecord {
	/** Lower-case hex. */
	readonly sha256: string;
	/** Bytes. */
	readonly size: number;
	readonly findings: readonly Finding[];
	/** Observations of its tree, by the keys of the observers. */
	readonly observations: JsonObject;
}

/** Returns a record as a JSON value. */
export function madeRecordValue({ sha256, size, findings, observations }: MadeRecord): JsonObject {
	const values = findings.map(({ severity, code, subject, message }) =>
		jsonObject({ severity, code, subject, message }),
	);
	return jsonObject({ sha256, size, findings: values, observations });
}

/** Reads a record; undefined if it is damaged or has another form. */
export function parseMadeRecord(text: string | undefined): MadeRecord | undefined {
	if (text === undefined) return undefined;
	try {
		return madeRecord(parseJson(Buffer.from(text, "utf8"), "record"));
	} catch {
		return undefined;
	}
}

function madeRecord(value: JsonValue): MadeRecord | undefined {
	if (!isJsonObject(value)) return undefined;
	const [sha256, size, listed] = [value.get("sha256"), Number(value.get("size")), value.get("findings")];
	if (typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256)) return undefined;
	if (!Number.isSafeInteger(size) || size < 0 || !Array.isArray(listed)) return undefined;
	const findings = listed.map(finding);
	const observations = value.get("observations") ?? new Map();
	if (!isJsonObject(observations) || !findings.every((found) => found !== undefined)) return undefined;
	return { sha256, size, findings, observations };
}

function finding(value: JsonValue): Finding | undefined {
	if (!isJsonObject(value)) return undefined;
	const [severity, code, subject, message] = ["severity", "code", "subject", "message"].map((name) =>
		value.get(name),
	);
	if (severity !== "error" && severity !== "warning" && severity !== "note") return undefined;
	if (typeof code !== "string" || typeof subject !== "string" || typeof message !== "string")
		return undefined;
	return { severity, code, subject, message };
}
