import { basename, dirname, join, resolve } from "node:path";
import type { Command } from "commander";
import {
	completeSource,
	createRunManifest,
	encodeRunManifestText,
	identityBeside,
	parseSourceManifest,
	plainJson,
	renderLxcConfig,
	writeFileAtomically,
} from "../../internal.js";
import { addCompatOption, type CompatFlags } from "../app-options.js";
import { action, createCommand } from "../command.js";
import { addImageOptions, type ImageFlags } from "../image-options.js";
import { readInput } from "../input-file.js";
import { fileOption } from "../option-values.js";
import { openRunSettings } from "../settings.js";

interface RenderFlags extends ImageFlags, CompatFlags {
	readonly output?: string;
	readonly name?: string;
	readonly defaultGroup?: string;
}

export function renderCommand(): Command {
	const command = createCommand(
		"render",
		"Make lxc.container.conf and run.json from a src.json.",
		"pvpkg render pvpkg/amd64/web/src.json -o out",
	)
		.argument("<src.json>", "source manifest of a container")
		.option("-o, --output <dir>", "write the files there instead of printing them", fileOption("--output"))
		.option("--name <name>", "name of the container (default: the directory of src.json)")
		.option("--default-group <name>", "group for a container that names none");
	return addImageOptions(addCompatOption(command)).action(
		action(async (session, flags: RenderFlags, path: string) => {
			const given = parseSourceManifest(readInput(path), path);
			const source = await completeSource(given, openRunSettings(session, flags), path);
			const name = flags.name ?? basename(dirname(resolve(path)));
			const identity = await identityBeside(path, name, source);
			const input = { name, source, group: flags.defaultGroup, compat: flags.compat, identity };
			const [conf, run] = [renderLxcConfig(input), createRunManifest(input)];
			const files = new Map([
				["run.json", encodeRunManifestText(run)],
				...(conf === undefined ? [] : [["lxc.container.conf", conf] as const]),
			]);
			const text = [...files].map(([file, body]) => `# ${file}\n${body.trimEnd()}\n`).join("\n");
			if (flags.output === undefined) {
				session.terminal.result<"render">(text, { name, config: conf ?? null, run: plainJson(run) });
				return;
			}
			const written = [...files].map(([file, body]) => {
				writeFileAtomically(join(flags.output!, file), body, { output: {} });
				return join(flags.output!, file);
			});
			session.terminal.report<"render">(written.join("\n"), { name, files: written });
		}),
	);
}
