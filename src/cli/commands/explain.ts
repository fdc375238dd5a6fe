import { basename, dirname, resolve } from "node:path";
import type { Command } from "commander";
import {
	completeSource,
	type Explanation,
	explainPart,
	identityBeside,
	parseSourceManifest,
} from "../../internal.js";
import { addCompatOption, type CompatFlags } from "../app-options.js";
import { action, createCommand } from "../command.js";
import { addImageOptions, type ImageFlags } from "../image-options.js";
import { readInput } from "../input-file.js";
import { openRunSettings } from "../settings.js";

interface ExplainFlags extends ImageFlags, CompatFlags {
	readonly name?: string;
	readonly defaultGroup?: string;
}

export function explainCommand(): Command {
	const command = createCommand(
		"explain",
		"Show which setting became which line of lxc.container.conf and run.json, and what was lost.",
		"pvpkg explain pvpkg/amd64/web/src.json",
	)
		.argument("<src.json>", "source manifest of a container")
		.option("--name <name>", "name of the container (default: the directory of src.json)")
		.option("--default-group <name>", "group for a container that names none");
	return addImageOptions(addCompatOption(command)).action(
		action(async (session, flags: ExplainFlags, path: string) => {
			const given = parseSourceManifest(readInput(path), path);
			const source = await completeSource(given, openRunSettings(session, flags), path);
			const name = flags.name ?? basename(dirname(resolve(path)));
			const identity = await identityBeside(path, name, source);
			const group = flags.defaultGroup;
			const explanations = explainPart({ name, source, group, compat: flags.compat, identity });
			session.terminal.result<"explain">(explanations.map(formatExplanation).join("\n"), {
				name,
				explanations,
			});
		}),
	);
}

function formatExplanation({ subject, value, lxc, run, notes }: Explanation): string {
	const lines = [
		...lxc.map((line) => `  lxc.container.conf: ${line}`),
		...run.map((member) => `  run.json: ${member}`),
		...notes.map((note) => `  note: ${note}`),
	];
	if (lines.length === 0) lines.push("  no effect");
	return `${value === "" ? subject : `${subject} = ${value}`}\n${lines.join("\n")}\n`;
}
