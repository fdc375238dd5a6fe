import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { wholeProgram } from "../../src/cli/program.js";
import { listCommands } from "../../src/cli/reference.js";
import { sourceManifestSchema } from "../../src/pantavisor/source/index.js";
import { policyJsonSchema } from "../../src/verify/index.js";
import { documentSchemas, errorSchema, fileSchema, heading } from "../support/document-schemas.js";
import { SCHEMA_FOLDER } from "../support/schemas.js";

/** Set this variable to write the schemas instead of comparing them. */
const WRITES = process.env.PVPKG_WRITE_DOCS === "1";

const SOURCE_NOTE = "Where a container came from, and how it is to be run.";
const POLICY_NOTE = "Who may sign what, and who may attest what.";

const entries = new Map(listCommands(await wholeProgram()).map(({ words, command }) => [words, command]));
const schemas = new Map([
	...documentSchemas((words) => entries.get(words)!.description()),
	["error", errorSchema()],
	["src", { ...heading("src", "src.json"), description: SOURCE_NOTE, ...sourceManifestSchema() }],
	["pvpkg", fileSchema("ProjectFile", "pvpkg", "pvpkg.json")],
	["pvpkg.lock", fileSchema("LockFile", "pvpkg.lock", "pvpkg.lock.json")],
	["policy", { ...policyJsonSchema(), ...heading("policy", "pvpkg/policy@1"), description: POLICY_NOTE }],
]);

test.each([...schemas])("docs/schemas/%s.schema.json is made from the types of the code", (name, schema) => {
	const [path, text] = [`${SCHEMA_FOLDER}/${name}.schema.json`, `${JSON.stringify(schema, null, "\t")}\n`];
	if (WRITES) {
		mkdirSync(SCHEMA_FOLDER, { recursive: true });
		writeFileSync(path, text);
	}
	expect(readFileSync(path, "utf8")).toBe(text);
});

test("docs/schemas has no schema of a document that is gone", () => {
	const files = [...schemas.keys()].map((name) => `${name}.schema.json`);
	expect(readdirSync(SCHEMA_FOLDER).sort()).toEqual(files.sort());
});

test("every command that does something has a document", () => {
	const leaves = [...entries].filter(
		([, command]) => command.commands.length === 0 || command.registeredArguments.length > 0,
	);
	const names = leaves.map(([words]) => words.replaceAll(" ", "-"));
	expect(names.filter((name) => !schemas.has(name))).toEqual([]);
});

/** Whether a member says what it is; of one that has several meanings, each. */
function isDescribed(schema: { readonly description?: string; readonly anyOf?: readonly object[] }): boolean {
	return schema.description !== undefined || schema.anyOf?.every(isDescribed) === true;
}

/** Lists members without a description: `#/properties/a/items/properties/b`. */
function silentMembers(schema: object, place = "#"): string[] {
	return Object.entries(schema).flatMap(([name, value]) => {
		if (typeof value !== "object" || value === null) return [];
		if (name !== "properties") return silentMembers(value, `${place}/${name}`);
		return Object.entries(value as Record<string, object>).flatMap(([member, its]) => [
			...(isDescribed(its) ? [] : [`${place}/${member}`]),
			...silentMembers(its, `${place}/${member}`),
		]);
	});
}

test.each([...schemas])("docs/schemas/%s.schema.json says of each member what it is", (_name, schema) => {
	expect(silentMembers(schema)).toEqual([]);
});
