import { readdirSync, readFileSync } from "node:fs";
import type { Command } from "commander";
import { action, createCommand } from "../command.js";
import { UsageError } from "../errors.js";
import { packageFile } from "../version.js";

const FOLDER = packageFile("docs/schemas/");
const ENDING = ".schema.json";

export function schemaCommand(): Command {
	return createCommand(
		"schema",
		"Print the JSON Schema of a file that pvpkg reads, or of a document that --json prints.",
		"pvpkg schema\npvpkg schema pvpkg.lock\npvpkg schema verify > verify.schema.json",
	)
		.argument(
			"[name]",
			"src, pvpkg, pvpkg.lock, policy, error, or a command such as cache-ls (default: list all)",
		)
		.action(
			action((session, _: object, name?: string) => {
				const names = listSchemas();
				if (name === undefined) {
					session.terminal.result<"schema">(names.join("\n"), { names });
					return;
				}
				const known = name.replaceAll(" ", "-");
				if (!names.includes(known)) {
					throw new UsageError(`schema ${name}: expected one of ${names.join(", ")}`);
				}
				const text = readFileSync(new URL(`${known}${ENDING}`, FOLDER), "utf8");
				session.terminal.result<"schema">(text, { name: known, schema: JSON.parse(text) });
			}),
		);
}

function listSchemas(): string[] {
	const files = readdirSync(FOLDER).filter((file) => file.endsWith(ENDING));
	return files.map((file) => file.slice(0, -ENDING.length)).sort();
}
