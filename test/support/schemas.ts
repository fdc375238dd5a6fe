import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

/** The folder of the schemas that are shipped. */
export const SCHEMA_FOLDER = "docs/schemas";

const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
const compiled = new Map<string, ValidateFunction>();

/** Returns the shipped schema of that name, such as `export` or `pvpkg.lock`. */
export function readSchema(name: string): object {
	return JSON.parse(readFileSync(`${SCHEMA_FOLDER}/${name}.schema.json`, "utf8"));
}

/** Returns what a value does not have as its schema says, a line each; empty: it is valid. */
export function schemaProblems(name: string, value: unknown): string[] {
	const validate = compiled.get(name) ?? ajv.compile(readSchema(name));
	compiled.set(name, validate);
	if (validate(value)) return [];
	return (validate.errors ?? []).map(({ instancePath, message, params }) => {
		return `${instancePath || "/"}: ${message} ${JSON.stringify(params)}`;
	});
}

/**
 * Checks what a command printed with `--json`: one document, valid by the schema that its `spec` names.
 * @throws Error that says what is wrong.
 */
export function checkDocument(output: string): void {
	const document = JSON.parse(output) as { readonly spec?: string };
	const name = /^pvpkg\/([a-z0-9-]+)@1$/.exec(document.spec ?? "")?.[1];
	if (name === undefined) throw new Error(`--json: expected a spec, got ${document.spec}`);
	const problems = schemaProblems(name, document);
	if (problems.length === 0) return;
	throw new Error(
		`${document.spec}: does not keep its schema:\n${problems.slice(0, 12).join("\n")}\n${output}`,
	);
}
