import { isJsonObject, type JsonObject, type JsonValue, parseJson } from "../../ground/json/index.js";
import { parseDigest } from "./digest.js";
import { OciError } from "./errors.js";
import { misspeltInConfig } from "./member-names.js";
import type { Digest, ImageConfig } from "./nouns.js";
import { normalPlatform } from "./platform.js";

/** Largest image configuration that this program reads. Bytes. */
export const MAX_CONFIG_SIZE: number = 8 * 1024 * 1024;

/**
 * Parses an image configuration; its `config` member stays as it was written.
 *
 * Some builders leave out `os` or `architecture`. They are `""` then, which matches no platform, so that only an
 * index can state the platform of such an image.
 * @throws OciError ERR_IMAGE_CONFIG; JsonError
 */
export function parseImageConfig(bytes: Uint8Array, subject: string): ImageConfig {
	const document = parseJson(bytes, subject, { uniqueMembers: true });
	if (!isJsonObject(document)) throw configError(subject, "expected an object");
	const misspelt = misspeltInConfig(document);
	if (misspelt !== undefined) {
		const got = `a member ${JSON.stringify(misspelt)}, which programs in Go take for another one`;
		throw configError(subject, `expected a document that all programs read alike, got ${got}`);
	}
	const platform = normalPlatform({
		os: stringMember(document, "os", subject),
		architecture: stringMember(document, "architecture", subject),
		variant: stringMember(document, "variant", subject) || undefined,
	});
	const diffIds = parseDiffIds(document, subject);
	return { platform, diffIds, created: parseCreated(document), config: parseConfigMember(document, subject) };
}

function stringMember(document: JsonObject, name: string, subject: string): string {
	const value = document.get(name) ?? "";
	if (typeof value !== "string") throw configError(subject, `${name}: expected a string`);
	return value;
}

/** Parses a time of RFC 3339, such as `2024-01-01T00:00:00.5Z`. Builders without a clock write the year 1 or 1970. */
function parseCreated(document: JsonObject): number | undefined {
	const text = document.get("created");
	const isDate = typeof text === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(text);
	const seconds = isDate ? Math.floor(Date.parse(text) / 1000) : Number.NaN;
	return seconds >= 0 ? seconds : undefined;
}

function parseDiffIds(document: JsonObject, subject: string): Digest[] {
	const rootfs = document.get("rootfs");
	if (!isJsonObject(rootfs)) throw configError(subject, "rootfs: expected an object");
	const ids: JsonValue = rootfs.get("diff_ids") ?? [];
	if (!Array.isArray(ids)) throw configError(subject, "rootfs.diff_ids: expected a list");
	return ids.map((id, at) => {
		const where = `rootfs.diff_ids[${at}]`;
		if (typeof id !== "string") throw configError(subject, `${where}: expected a string`);
		return parseDigest(id, `${subject}: ${where}`);
	});
}

function parseConfigMember(document: JsonObject, subject: string): JsonObject | undefined {
	const config = document.get("config") ?? undefined;
	if (config === undefined || isJsonObject(config)) return config;
	throw configError(subject, "config: expected an object");
}

function configError(subject: string, reason: string): OciError {
	return new OciError("ERR_IMAGE_CONFIG", `${subject}: parse image configuration: ${reason}`);
}
