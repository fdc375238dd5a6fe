import { isJsonObject, type JsonObject, type JsonValue } from "../../ground/json/index.js";
import { objectReference, PantavisorError, STATE_SPEC, type State } from "../state/index.js";
import { lintDocument, lintHidden, lintPassedOver } from "./documents.js";
import { error, type Finding, warning } from "./finding.js";
import { lintMisread } from "./first-string.js";
import { lintContainers, lintTogether } from "./run-rules.js";
import { systemFiles, volumesOf } from "./volumes.js";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
/** The importer looks for these words at the beginning of every token. */
const TOKENS = /^(include|exclude)/;
/** Longest path below the directory of a revision. Bytes. */
const PATH_LIMIT = 4000;
const RESERVED: readonly string[] = ["bsp"];

/**
 * Checks that a device can take a container of this name (docs/formats/devices.md#the-signature-check).
 * @throws PantavisorError ERR_PART_NAME
 */
export function checkPartName(name: string): void {
	const reason = nameProblem(name);
	if (reason === undefined) return;
	throw new PantavisorError("ERR_PART_NAME", `container ${JSON.stringify(name)}: name: ${reason}`);
}

function nameProblem(name: string): string | undefined {
	if (name === "") return "expected letters, got nothing";
	if (!NAME.test(name))
		return "expected letters, digits, dots, dashes and underscores, a letter or digit first";
	if (Buffer.byteLength(name) > 200) return `expected at most 200 characters, got ${name.length}`;
	if (TOKENS.test(name))
		return 'must not begin with "include" or "exclude": the importer takes it for a signature\'s list';
	if (RESERVED.includes(name)) return "is the device's own";
	return undefined;
}

/** How `lintState` judges a state. */
export interface StateLintOptions {
	/** Whether the state is all that a device runs. For a part of it, some questions are only notes. Default: false. */
	readonly whole?: boolean | undefined;
}

/**
 * Returns findings for what a device would refuse or misread in a state: keys, values, containers, and what these
 * need of each other. Pure: packages, checkouts and devices share this one list of device rules.
 */
export function lintState(state: State, { whole = false }: StateLintOptions = {}): Finding[] {
	return [
		...lintSpec(state),
		...[...state.keys()].flatMap(lintKey),
		...lintDirectories(state),
		...[...state].flatMap(([key, value]) => lintValue(key, value)),
		...[...state].flatMap(([key, value]) => lintDocument(key, value)),
		...[...state].flatMap(([key, value]) => lintContainer(state, key, value)),
		...[...state.keys()].flatMap(lintPassedOver),
		...lintHidden(state),
		...lintMisread(state),
		...lintSystem(state),
		...lintContainers(state),
		...lintTogether(state, whole),
	];
}

function lintSpec(state: State): Finding[] {
	const spec = state.get("#spec");
	if (spec === STATE_SPEC) return [];
	if (spec === undefined) return [error("STATE_SPEC", "#spec", `expected ${STATE_SPEC}, got nothing`)];
	return [warning("STATE_SPEC", "#spec", `expected ${STATE_SPEC}, got ${JSON.stringify(spec)}`)];
}

function lintKey(key: string): Finding[] {
	if (key === "#spec") return [];
	const components = key.split("/");
	const findings: Finding[] = [];
	if (components.some((name) => name === "" || name === "." || name === "..")) {
		findings.push(
			error("STATE_KEY_PATH", key, 'expected a relative path without empty, "." or ".." components'),
		);
	}
	if (Buffer.byteLength(key) > PATH_LIMIT || components.some((name) => Buffer.byteLength(name) > 255)) {
		findings.push(
			error(
				"STATE_KEY_LENGTH",
				key,
				"expected components of at most 255 bytes in a path of at most 4000: deployment fails",
			),
		);
	}
	if (/["\\\x00-\x1f]/.test(key)) {
		findings.push(
			error("STATE_KEY_ESCAPE", key, "needs an escape in JSON: the file is deployed under the escaped text"),
		);
	}
	if (key < "#spec") {
		findings.push(error("STATE_KEY_ORDER", key, "sorts before #spec: the importer loses the first key"));
	}
	if (/[[\]*?{}]/.test(key)) {
		findings.push(warning("STATE_KEY_GLOB", key, "has characters that signatures take for patterns"));
	}
	if (TOKENS.test(key)) {
		findings.push(error("STATE_KEY_TOKEN", key, 'must not begin with "include" or "exclude"'));
	}
	return findings;
}

function lintDirectories(state: State): Finding[] {
	const directories = new Set<string>();
	for (const key of state.keys()) {
		if (Buffer.byteLength(key) > PATH_LIMIT) continue;
		for (let at = key.indexOf("/"); at >= 0; at = key.indexOf("/", at + 1)) directories.add(key.slice(0, at));
	}
	return [...state.keys()]
		.filter((key) => directories.has(key))
		.map((key) =>
			error("STATE_KEY_DIRECTORY", key, "is a file and a directory of other keys: deployment fails"),
		);
}

function lintValue(key: string, value: JsonValue): Finding[] {
	if (key === "#spec" || isJsonObject(value) || Array.isArray(value)) return [];
	if (typeof value !== "string") {
		return [
			error("STATE_VALUE_SCALAR", key, "a document that is a number, boolean or null cannot be signed"),
		];
	}
	if (objectReference(value) !== undefined) return [];
	if (/^[[{]|["\\]|[^\x20-\x7e]/.test(value)) {
		return [
			error("STATE_VALUE_STRING", key, "a string that crashes the device's signature check, expected a hash"),
		];
	}
	return [
		error(
			"STATE_VALUE_STRING",
			key,
			"devices deploy a string that is not a hash without a change, expected 64 hex digits",
		),
	];
}

/** Checks that the `run.json` of a container names existing files. Devices do not read its `#spec`. */
function lintContainer(state: State, key: string, run: JsonValue): Finding[] {
	const name = /^([^/_][^/]*)\/run\.json$/.exec(key)?.[1];
	if (name === undefined || name === "bsp" || !isJsonObject(run)) return [];
	const findings: Finding[] = [];
	if (run.get("name") !== name) {
		findings.push(error("RUN_NAME", key, `name: expected ${name}, got ${JSON.stringify(run.get("name"))}`));
	}
	const problem = nameProblem(name);
	if (problem !== undefined) findings.push(error("PART_NAME", name, problem));
	// A container that is only mounted has neither a type nor a configuration.
	if (run.get("type") === "lxc" && run.get("config") === undefined)
		findings.push(error("RUN_FILE", key, "names no config: the device crashes"));
	for (const file of runFiles(run)) findings.push(...lintRunFile(state, name, file));
	return findings;
}

/** What starts the system itself: devices link these files before they restart, and mount two of them. */
function lintSystem(state: State): Finding[] {
	const run = state.get("bsp/run.json");
	return isJsonObject(run) ? systemFiles(run).flatMap((file) => lintRunFile(state, "bsp", file)) : [];
}

function runFiles(run: JsonObject): string[] {
	const config = run.get("config");
	return [...(typeof config === "string" && config !== "" ? [config] : []), ...volumesOf(run)];
}

function lintRunFile(state: State, container: string, file: string): Finding[] {
	const path = file.replace(/^dm:/, "");
	const key = `${container}/run.json`;
	const found = (reason: string): Finding => error("RUN_FILE", key, `names ${file}, but ${reason}`);
	const needed = path === file ? [path] : [path, `${path}.hash`, `_dm/${path}.json`];
	const missing = needed.filter((name) => !state.has(`${container}/${name}`));
	const value = state.get(`${container}/${path}`);
	const isDocument = value !== undefined && objectReference(value) === undefined;
	return [
		...missing.map((name) => found(`${container}/${name} is missing`)),
		...(isDocument ? [found(`${container}/${path} is a document of the state, expected an object`)] : []),
	];
}
