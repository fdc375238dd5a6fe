import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import type { Command } from "commander";
import { BytesError, writeFileAtomically } from "../../internal.js";
import { CI_TEMPLATES, type CiTemplate } from "../ci-templates.js";
import { action, createCommand, createGroup } from "../command.js";
import { InputError, UsageError } from "../errors.js";

interface CiFlags {
	readonly tarball?: string;
	readonly force?: boolean;
}

export function ciCommand(): Command {
	return createGroup(
		"ci",
		"Write what a CI system needs to build this project.",
		"pvpkg ci init gitlab --tarball tools/pvpkg.tgz",
	).addCommand(initCommand());
}

function initCommand(): Command {
	const names = Object.keys(CI_TEMPLATES).join(", ");
	return createCommand(
		"init",
		"Write a working pipeline, or the two programs that stand in for container-ci's.",
		"pvpkg ci init gitlab --tarball tools/pvpkg.tgz",
	)
		.argument("<system>", names)
		.option("--tarball <file>", "release tarball of pvpkg in this project; its SHA-256 is pinned")
		.option("--force", "replace existing files")
		.action(
			action((session, { tarball, force }: CiFlags, name: string) => {
				const template = Object.hasOwn(CI_TEMPLATES, name) ? CI_TEMPLATES[name as CiTemplate] : undefined;
				if (template === undefined) throw new UsageError(`ci init: expected one of ${names}, got ${name}`);
				if (tarball === undefined || !/^(?!\/)[\w./@+-]+$/.test(tarball)) {
					const reason = "expected the path of pvpkg's release tarball in this project";
					throw new UsageError(`--tarball: ${reason}, got ${tarball ?? "nothing"}`);
				}
				const files = template({ tarball, sha256: digestOf(tarball) });
				const taken = force ? undefined : files.find(({ path }) => existsSync(path));
				if (taken !== undefined) {
					throw new InputError(`${taken.path}: write: it already exists (--force replaces it)`);
				}
				for (const { path, text, executable } of files) {
					writeFileAtomically(path, text, executable ? { mode: 0o755 } : {});
				}
				const paths = files.map(({ path }) => path);
				session.terminal.report<"ci init">(paths.join("\n"), { files: paths });
			}),
		);
}

function digestOf(path: string): string {
	try {
		return createHash("sha256").update(readFileSync(path)).digest("hex");
	} catch (cause) {
		throw BytesError.fromSystem(path, "read", cause);
	}
}
