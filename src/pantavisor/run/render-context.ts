import {
	type Compat,
	type ImageSettings,
	imageSettings,
	listVolumes,
	type RenderRules,
	renderRules,
	type SourceManifest,
	TemplateArguments,
	type Volume,
} from "../source/index.js";

/** The inputs that decide the configuration of a container. */
export interface RenderInput {
	/** Container name: the directory of `src.json`. */
	readonly name: string;
	readonly source: SourceManifest;
	/** Group of the container when the arguments name none. */
	readonly group?: string | undefined;
	/** Version of pvr to reproduce to the byte, with its mistakes. */
	readonly compat?: Compat | undefined;
	/** The numbers of the image's User, from its root file system. */
	readonly identity?: Identity | undefined;
}

/** The owner of a container's program when it starts. */
export interface Identity {
	readonly uid: number;
	readonly gid: number;
}

/** A render input whose parts are parsed and checked. */
export interface RenderContext {
	readonly name: string;
	readonly source: SourceManifest;
	readonly group: string | undefined;
	readonly rules: RenderRules;
	readonly settings: ImageSettings;
	readonly args: TemplateArguments;
	readonly volumes: readonly Volume[];
	/** Whether the container runs a program. One that is only mounted has no LXC configuration. */
	readonly runnable: boolean;
	readonly identity: Identity | undefined;
}

/**
 * Parses the parts of a render input.
 * @throws PantavisorError for malformed arguments, image settings or volumes.
 */
export function renderContext({ name, source, group, compat, identity }: RenderInput): RenderContext {
	const rules = renderRules(compat);
	const settings = imageSettings(source);
	const args = new TemplateArguments(source.args, rules);
	const volumes = listVolumes(source, settings, rules);
	return { name, source, group, rules, settings, args, volumes, runnable: isRunnable(args), identity };
}

/** Returns whether a container runs a program; others are only mounted. */
export function isRunnable(args: TemplateArguments): boolean {
	return args.scalar("PV_RUNLEVEL") !== "data" && args.scalar("PV_STATUS_GOAL") !== "MOUNTED";
}
