import { isJsonObject, type JsonObject, type JsonValue } from "../../ground/json/index.js";
import { PantavisorError } from "../state/index.js";
import { describeJson, type SourceManifest } from "./source-manifest.js";

/** How an image is meant to run, after `config` has overridden `docker_config`. */
export interface ImageSettings {
	/** An array, or a string that is used verbatim; undefined when not set. */
	readonly entrypoint: string | readonly string[] | undefined;
	readonly cmd: string | readonly string[] | undefined;
	/** Each as `NAME=value`, in the original order. */
	readonly env: readonly string[];
	readonly workingDir: string;
	/** User as `USER[:GROUP]`, by name or number; carried over on demand. */
	readonly user: string;
	/** Signal that stops the program; carried over on demand. */
	readonly stopSignal: string;
	readonly volumes: readonly string[];
}

/**
 * Returns how an image is meant to run, with the overrides of src.json.
 * @throws PantavisorError ERR_IMAGE_SETTINGS naming the member.
 */
export function imageSettings(source: SourceManifest): ImageSettings {
	const members: JsonObject = new Map(source.dockerConfig);
	for (const [name, value] of source.config ?? []) if (value !== null) members.set(name, value);
	const volumes = members.get("Volumes") ?? null;
	if (volumes !== null && !isJsonObject(volumes)) throw mismatch("Volumes", "an object", volumes);
	return {
		entrypoint: words(members, "Entrypoint"),
		cmd: words(members, "Cmd"),
		env: environment(members.get("Env") ?? null),
		workingDir: text(members.get("WorkingDir") ?? "", "WorkingDir"),
		user: text(members.get("User") ?? "", "User"),
		stopSignal: text(members.get("StopSignal") ?? "", "StopSignal"),
		volumes: [...(volumes?.keys() ?? [])],
	};
}

function words(members: JsonObject, name: string): string | readonly string[] | undefined {
	const value = members.get(name) ?? null;
	if (value === null || value === "") return undefined;
	if (!Array.isArray(value)) return text(value, name);
	return value.length === 0 ? undefined : value.map((item, i) => text(item, `${name}[${i}]`));
}

function environment(value: JsonValue): readonly string[] {
	if (value === null) return [];
	if (!Array.isArray(value)) throw mismatch("Env", "an array", value);
	return value.map((item, i) => {
		const entry = text(item, `Env[${i}]`);
		if (!entry.includes("=")) throw mismatch(`Env[${i}]`, "NAME=value", entry);
		return entry;
	});
}

function text(value: JsonValue, name: string): string {
	if (typeof value !== "string") throw mismatch(name, "a string", value);
	if (/[\x00-\x08\x0a-\x1f]/.test(value)) {
		throw mismatch(name, "a string on one line (lxc.container.conf has no spelling for others)", value);
	}
	return value;
}

function mismatch(name: string, expected: string, got: JsonValue): PantavisorError {
	return new PantavisorError(
		"ERR_IMAGE_SETTINGS",
		`image config: ${name}: expected ${expected}, got ${describeJson(got)}`,
	);
}
