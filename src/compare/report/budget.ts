import { parseSize } from "../../ground/bytes/index.js";
import { isJsonObject, JsonNumber, type JsonObject, type JsonValue } from "../../ground/json/index.js";
import { CompareError } from "./errors.js";

/** The figures that a budget can limit. */
export type BudgetName = "package" | "growth" | "ota" | "file" | "files";

/** A limit: bytes, a count, or a percentage of the old package. */
export type Limit = { readonly value: number } | { readonly percent: number };

/** A limit for a package. */
export interface Budget {
	/** Label of the platform, or `*` for platforms without a budget of this name. */
	readonly platform: string;
	readonly name: BudgetName;
	/** Pattern of the paths of the files that `file` limits; undefined for other names. */
	readonly pattern: string | undefined;
	/** A larger value is a warning. */
	readonly warn: Limit | undefined;
	/** A larger value fails the job. */
	readonly max: Limit | undefined;
	/** Names of the members that lead to it in its document; empty for a budget of the command line. */
	readonly path: readonly string[];
}

const NAMES: readonly BudgetName[] = ["package", "growth", "ota", "file", "files"];

/**
 * Reads `{ "*": { "package": "64M", "growth": "2%", "ota": { "warn": "6M", "max": "8M" },
 * "file": { "usr/lib/**": "5M" }, "files": 20000 }, "arm32v6": … }`.
 * @param path names of the members that lead to `value` in its document.
 * @throws CompareError ERR_BUDGET naming the member.
 */
export function parseBudgets(value: JsonValue, subject: string, path: readonly string[]): Budget[] {
	return members(value, subject, path).flatMap(([platform, budgets]) => {
		const ofPlatform = [...path, platform];
		return members(budgets, subject, ofPlatform).flatMap(([name, limit]) =>
			parseMember({ platform, name, path: [...ofPlatform, name] }, limit, subject),
		);
	});
}

/** The figure that a budget limits. */
type BudgetSubject = Omit<Budget, "warn" | "max">;

function parseMember(
	{ platform, name, path }: Pick<Budget, "platform" | "path"> & { readonly name: string },
	limit: JsonValue,
	subject: string,
): Budget[] {
	if (!isBudgetName(name)) {
		throw wrong(subject, path, `expected one of ${NAMES.join(", ")}, got ${JSON.stringify(name)}`);
	}
	if (name !== "file") return [budgetOf({ platform, name, pattern: undefined, path }, limit, subject)];
	return members(limit, subject, path).map(([pattern, each]) =>
		budgetOf({ platform, name, pattern, path: [...path, pattern] }, each, subject),
	);
}

function budgetOf(limited: BudgetSubject, value: JsonValue, subject: string): Budget {
	const { name, path } = limited;
	const limits = isJsonObject(value) ? value : new Map([["max", value]]);
	for (const member of limits.keys()) {
		if (member !== "warn" && member !== "max")
			throw wrong(subject, [...path, member], "expected warn or max");
	}
	const read = (member: string): Limit | undefined => {
		const limit = limits.get(member);
		return limit === undefined ? undefined : limitOf(limit, name, subject, path);
	};
	return { ...limited, warn: read("warn"), max: read("max") };
}

function limitOf(value: JsonValue, name: BudgetName, subject: string, path: readonly string[]): Limit {
	const text = value instanceof JsonNumber ? value.literal : value;
	if (typeof text === "string") {
		const percent = name === "growth" ? /^(\d{1,6}(?:\.\d{1,6})?) ?%$/.exec(text)?.[1] : undefined;
		if (percent !== undefined) return { percent: Number(percent) };
		const size = parseSize(text);
		if (size !== undefined) return { value: size };
	}
	const expected = name === "files" ? "a count" : name === "growth" ? "a size or a percentage" : "a size";
	throw wrong(subject, path, `expected ${expected} such as ${EXAMPLES[name]}, got ${JSON.stringify(text)}`);
}

const EXAMPLES: Readonly<Record<BudgetName, string>> = {
	package: "64M",
	growth: "2%",
	ota: "8M",
	file: "5M",
	files: "20000",
};

/**
 * Reads a budget of the command line: `[PLATFORM.]NAME=LIMIT`, such as `ota=8M`,
 * `arm32v6.package=64M` or `file:usr/lib/**=5M`.
 * @throws CompareError ERR_BUDGET.
 */
export function parseBudgetExpression(text: string): Budget {
	const [, platform = "*", name = "", pattern, limit = ""] =
		/^(?:([\w*]+)\.)?([a-z]+)(?::(.*))?=([^=]*)$/s.exec(text) ?? [];
	const subject = `budget ${JSON.stringify(text)}`;
	if (!isBudgetName(name) || (name === "file") !== (pattern !== undefined)) {
		throw new CompareError(
			"ERR_BUDGET",
			`${subject}: read: expected [PLATFORM.]NAME=LIMIT with package, growth, ota, files or file:PATTERN as NAME, or the path of a JSON file`,
		);
	}
	return budgetOf({ platform, name, pattern, path: [] }, limit, subject);
}

function isBudgetName(name: string): name is BudgetName {
	return (NAMES as readonly string[]).includes(name);
}

function members(value: JsonValue, subject: string, path: readonly string[]): [string, JsonValue][] {
	if (isJsonObject(value)) return [...(value as JsonObject)];
	throw wrong(subject, path, "expected an object");
}

function wrong(subject: string, path: readonly string[], reason: string): CompareError {
	return new CompareError("ERR_BUDGET", `${subject}: ${path.join(".")}: ${reason}`);
}
