import { createGenerator, type Schema } from "ts-json-schema-generator";

const DIALECT = "https://json-schema.org/draft/2020-12/schema";
const SOURCE = "src/cli/documents/documents.ts";

/** A JSON Schema as it is written into a file. */
export type SchemaFile = Readonly<Record<string, unknown>>;

type SchemaOrBoolean = Schema | boolean;
type Definitions = Readonly<Record<string, Schema>>;

/** Returns the schema of every document that commands print with `--json`, by the words of the command. */
export function documentSchemas(describe: (words: string) => string): Map<string, SchemaFile> {
	const definitions = readDefinitions();
	const { properties = {} } = definitions.Documents!;
	return new Map(
		Object.entries(properties).map(([words, body]) => {
			const name = words.replaceAll(" ", "-");
			const bodies = alternatives(body as Schema).map((one) => resolve(one, definitions));
			return [name, documentSchema(name, describe(words), bodies, definitions)];
		}),
	);
}

/** Returns the schema of the document of a command line that names no command. */
export function errorSchema(): SchemaFile {
	return documentSchema("error", "A command line that was not understood.", [], readDefinitions());
}

/** Returns the schema of a file, such as the lock, whose type stands beside the documents. */
export function fileSchema(type: string, name: string, title: string): SchemaFile {
	const definitions = readDefinitions();
	const body = resolve(reference(type), definitions);
	return { ...heading(name, title), ...rename(body), ...used(definitions, body) };
}

let read: Definitions | undefined;

function readDefinitions(): Definitions {
	read ??= createGenerator({
		path: SOURCE,
		type: "*",
		skipTypeCheck: true,
		additionalProperties: false,
		encodeRefs: false,
	}).createSchema("*").definitions as Definitions;
	return read;
}

/** Returns the members that every schema begins with. */
export function heading(name: string, title: string): SchemaFile {
	return { $schema: DIALECT, $id: `urn:pvpkg:schema:${name}@1`, title };
}

/** A document says what was done, or how it failed and what was known by then. */
function documentSchema(
	name: string,
	description: string,
	bodies: readonly Schema[],
	definitions: Definitions,
): SchemaFile {
	const spec = { const: `pvpkg/${name}@1`, description: "Name and version of this document." };
	const done = { const: true, description: "The command did what it was asked for." };
	const failed = { const: false, description: "The command failed; its exit code says how." };
	const error = { ...reference("ReportedError"), description: "Why the command failed." };
	const warnings = { type: "array", items: { type: "string" }, description: "Every warning, as a sentence." };
	const object = ({ description, ...body }: Schema, properties: object, required: readonly string[]) => ({
		type: "object",
		...(description !== undefined && { description }),
		properties,
		required,
		additionalProperties: body.additionalProperties ?? false,
	});
	const successes = bodies.map((body) =>
		object(body, { spec, ok: done, ...body.properties, warnings }, [
			...["spec", "ok"],
			...(body.required ?? []),
			"warnings",
		]),
	);
	const failure = object(
		{ description: "How the command failed, and what was known by then." },
		{ spec, ok: failed, ...mergeMembers(bodies), error, warnings },
		["spec", "ok", "error", "warnings"],
	);
	const schema = { anyOf: [...successes, failure] };
	return {
		...heading(name, `pvpkg/${name}@1`),
		description,
		...rename(schema),
		...used(definitions, schema),
	};
}

/** Every member that one of the bodies has; of one that has several meanings, all of them. */
function mergeMembers(bodies: readonly Schema[]): Record<string, SchemaOrBoolean> {
	const merged = new Map<string, SchemaOrBoolean[]>();
	for (const [name, member] of bodies.flatMap(({ properties = {} }) => Object.entries(properties))) {
		const known = merged.get(name) ?? [];
		const isNew = !known.some((one) => JSON.stringify(one) === JSON.stringify(member));
		merged.set(name, isNew ? [...known, member] : known);
	}
	return Object.fromEntries(
		[...merged].map(([name, members]) => [name, members.length === 1 ? members[0]! : { anyOf: members }]),
	);
}

function alternatives(schema: Schema): readonly Schema[] {
	return (schema.anyOf as readonly Schema[] | undefined) ?? [schema];
}

function reference(type: string): Schema {
	return { $ref: `#/definitions/${type}` };
}

function resolve(schema: Schema, definitions: Definitions): Schema {
	const name = schema.$ref?.slice("#/definitions/".length);
	return name === undefined ? schema : definitions[name]!;
}

/** Returns the definitions that a schema names, and those that these name. */
function used(definitions: Definitions, schema: unknown): { readonly $defs?: unknown } {
	const names = new Set<string>();
	const visit = (value: unknown): void => {
		for (const [, name] of JSON.stringify(value).matchAll(/"#\/definitions\/(\w+)"/g)) {
			if (names.has(name!)) continue;
			names.add(name!);
			visit(definitions[name!]);
		}
	};
	visit(schema);
	const entries = [...names].sort().map((name) => [name, definitions[name]!]);
	return names.size === 0 ? {} : { $defs: rename(Object.fromEntries(entries)) };
}

/** The name that draft 2020-12 has for definitions. */
function rename<T>(schema: T): T {
	return JSON.parse(JSON.stringify(schema).replaceAll('"#/definitions/', '"#/$defs/'));
}
