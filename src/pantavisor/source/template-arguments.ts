import {
	isJsonObject,
	JsonError,
	JsonNumber,
	type JsonObject,
	type JsonValue,
	parseJson,
} from "../../ground/json/index.js";
import { PantavisorError } from "../state/index.js";
import { ARGUMENTS } from "./argument-names.js";
import type { RenderRules } from "./compat.js";
import { describeJson } from "./source-manifest.js";

const NUMBER = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/;

/** The `args` of a `src.json`, read with the types of docs/formats/pvr.md#arguments. Errors name the argument. */
export class TemplateArguments {
	readonly #values: JsonObject;
	readonly #rules: RenderRules;

	constructor(values: JsonObject | undefined, rules: RenderRules) {
		this.#values = values ?? new Map();
		this.#rules = rules;
	}

	/** Returns whether the argument counts as given: any value except the empty string does, even `"no"` and `"0"`. */
	has(name: string): boolean {
		const value = this.#values.get(name);
		if (value === undefined || value === null || value === "") return false;
		if (typeof value === "boolean") return value;
		if (value instanceof JsonNumber) return this.#rules.zeroIsTrue || Number(value.literal) !== 0;
		if (Array.isArray(value)) return value.length > 0;
		return typeof value === "string" || value.size > 0;
	}

	/** Returns a scalar as printed; undefined when absent or null. The empty string is kept. */
	scalar(name: string): string | undefined {
		const value = this.#values.get(name);
		if (value === undefined || value === null) return undefined;
		if (Array.isArray(value) || isJsonObject(value)) throw mismatch(name, "a string", value);
		return singleLine(name, String(value));
	}

	/** Returns a scalar as `scalar` does, but undefined when the argument does not count as given. */
	givenScalar(name: string): string | undefined {
		return this.has(name) ? this.scalar(name) : undefined;
	}

	/** Returns a string; numbers and booleans are refused. Undefined when it does not count as given. */
	text(name: string): string | undefined {
		if (!this.has(name)) return undefined;
		const value = this.#values.get(name);
		if (typeof value !== "string") throw mismatch(name, "a string", value);
		return value;
	}

	/** Returns a number, also from a string as `--arg` makes it. Undefined when it does not count as given. */
	number(name: string): JsonNumber | undefined {
		const value = this.json(name);
		if (value === undefined || value instanceof JsonNumber) return value;
		if (typeof value !== "string" || !NUMBER.test(value)) throw mismatch(name, "a number", value);
		return new JsonNumber(value);
	}

	/** Returns the strings of a JSON array, which `--arg-json` can make, but not `--arg`. */
	list(name: string): string[] {
		if (!this.has(name)) return [];
		const value = this.structured(name);
		if (!Array.isArray(value)) throw mismatch(name, "a JSON array (see --arg-json)", value);
		return value.map((item, i) => {
			if (item === null || Array.isArray(item) || isJsonObject(item))
				throw mismatch(`${name}[${i}]`, "a string", item);
			return singleLine(`${name}[${i}]`, String(item));
		});
	}

	/** Returns the trimmed items of a string that commas separate. */
	commaList(name: string): string[] {
		const text = this.text(name) ?? "";
		return singleLine(name, text)
			.split(",")
			.map((item) => item.trim())
			.filter((item) => item !== "");
	}

	/** Returns any JSON value; undefined when it does not count as given. */
	json(name: string): JsonValue | undefined {
		return this.has(name) ? this.#values.get(name) : undefined;
	}

	/**
	 * Returns a value as `json` does, but parses a string that contains a JSON array or object, as `--arg` makes
	 * it.
	 */
	structured(name: string): JsonValue | undefined {
		const value = this.json(name);
		return typeof value === "string" ? parseArgument(name, value) : value;
	}

	object(name: string): JsonObject | undefined {
		const value = this.structured(name);
		if (value !== undefined && !isJsonObject(value))
			throw mismatch(name, "a JSON object (see --arg-json)", value);
		return value;
	}
}

/** Kinds of arguments whose values are lists or objects. */
const STRUCTURED: ReadonlySet<string | undefined> = new Set(["list", "object", "json"]);

/**
 * Returns the value of an argument that was given as a string. If its type is a list or an object, the string is
 * parsed as JSON.
 * @throws PantavisorError ERR_ARGUMENT when it begins like JSON and is malformed.
 */
export function parseArgument(name: string, text: string): JsonValue {
	if (!STRUCTURED.has(ARGUMENTS.get(name)?.kind) || !/^\s*[[{]/.test(text)) return text;
	try {
		return parseJson(text, name);
	} catch (cause) {
		if (!(cause instanceof JsonError)) throw cause;
		throw new PantavisorError("ERR_ARGUMENT", cause.message, { cause });
	}
}

function singleLine(name: string, text: string): string {
	if (/[\x00-\x08\x0a-\x1f\x7f]/.test(text)) throw mismatch(name, "a string on one line", text);
	return text;
}

function mismatch(name: string, expected: string, got: JsonValue | undefined): PantavisorError {
	return new PantavisorError(
		"ERR_ARGUMENT",
		`${name}: render: expected ${expected}, got ${describeJson(got)}`,
	);
}
