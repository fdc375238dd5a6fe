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

/** What decides the configuration of a container. */
export interface RenderInput {
	/** Container name: the directory of `src.json`. */
	readonly name: string;
	readonly source: SourceManifest;
	/** Group to run in when the arguments name none. */
	readonly group?: string | undefined;
	/** Reproduce a version of pvr to the byte, mistakes included. */
	readonly compat?: Compat | undefined;
	/** The numbers of the image's User, as its root file system has them. */
	readonly identity?: Identity | undefined;
}

/** The owner that a container's program starts as. */
export interface Identity {
	readonly uid: number;
	readonly gid: number;
}

/** A render input whose parts have been read and checked. */
export interface RenderContext {
	readonly name: string;
	readonly source: SourceManifest;
	readonly group: string | undefined;
	readonly rules: RenderRules;
	readonly settings: ImageSettings;
	readonly args: TemplateArguments;
	readonly volumes: readonly Volume[];
	/** False: a container that is only mounted; it has no LXC configuration. */
	readonly runnable: boolean;
	readonly identity: Identity | undefined;
}

/** @throws PantavisorError for arguments, image settings or volumes of the wrong kind. */
export function renderContext({ name, source, group, compat, identity }: RenderInput): RenderContext {
	const rules = renderRules(compat);
	const settings = imageSettings(source);
	const args = new TemplateArguments(source.args, rules);
	const volumes = listVolumes(source, settings, rules);
	return { name, source, group, rules, settings, args, volumes, runnable: isRunnable(args), identity };
}

/** Whether a container runs a program; others are only mounted. */
export function isRunnable(args: TemplateArguments): boolean {
	return args.scalar("PV_RUNLEVEL") !== "data" && args.scalar("PV_STATUS_GOAL") !== "MOUNTED";
}
