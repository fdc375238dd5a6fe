import { isRunnable } from "../run/index.js";
import { imageSettings, renderRules, type SourceManifest, TemplateArguments } from "../source/index.js";

/** The program that a container starts, and its environment. */
export interface StartedCommand {
	/** Empty if the container is only mounted. */
	readonly arguments: readonly string[];
	/** Each as `NAME=value`. */
	readonly environment: readonly string[];
	readonly workingDirectory: string;
}

/**
 * Returns the program of a container after the overrides of its manifest; `/sbin/init` if an image names none
 * (docs/formats/pvr.md#the-command).
 * @throws PantavisorError ERR_IMAGE_SETTINGS, ERR_ARGUMENT
 */
export function startedCommand(source: SourceManifest): StartedCommand {
	const { entrypoint, cmd, env, workingDir } = imageSettings(source);
	const words = (value: string | readonly string[] | undefined): readonly string[] =>
		typeof value === "string" ? value.split(" ") : (value ?? []);
	const named = [...words(entrypoint), ...words(cmd)];
	const started = named.length > 0 ? named : ["/sbin/init"];
	const runs = isRunnable(new TemplateArguments(source.args, renderRules(undefined)));
	return { arguments: runs ? started : [], environment: env, workingDirectory: workingDir };
}
