import type { JsonObject } from "../../ground/json/index.js";
import type { SourceManifest } from "./source-manifest.js";

/** What `src.json` records of an image. */
export interface ImageFacts {
	/** Repository as the user typed it, without tag and digest. */
	readonly familiarName: string;
	/** Absent when the reference had a digest alone. */
	readonly tag?: string | undefined;
	/** Of the platform's manifest; the image id where there is no manifest. */
	readonly digest: string;
	/** `os/arch[/variant]` as requested; absent when no platform was chosen. */
	readonly platform?: string | undefined;
	/** `config` of the image's configuration. */
	readonly config: JsonObject | undefined;
	/** Without a registry behind it: the digest is recorded bare. */
	readonly local?: boolean | undefined;
}

/** What the user adds to an image. */
export interface SourceOptions {
	readonly args?: JsonObject | undefined;
	readonly config?: JsonObject | undefined;
	readonly persistence?: ReadonlyMap<string, string> | undefined;
	readonly formatOptions?: string | undefined;
	/** Merged into `run.json`. */
	readonly run?: JsonObject | undefined;
	/** Where images are looked for, in pvr's words. Default: `remote,local`. */
	readonly source?: string | undefined;
	/** The container whose image lies below this one, and its `docker_digest`. */
	readonly base?: { readonly name: string; readonly dockerDigest: string } | undefined;
}

/** `src.json` of a container made from an image, as `pvr app add` writes it (1.1 to 1.6). */
export function dockerSource(facts: ImageFacts, options: SourceOptions = {}): SourceManifest {
	const digest = facts.local ? facts.digest : `${facts.familiarName}@${facts.digest}`;
	return {
		base: options.base?.name,
		template: "builtin-lxc-docker",
		args: options.args,
		config: options.config,
		dockerName: facts.familiarName,
		dockerTag: facts.tag,
		dockerDigest: options.base?.dockerDigest ?? digest,
		dockerOvlDigest: options.base && digest,
		dockerSource: options.source ?? "remote,local",
		dockerConfig: facts.config,
		dockerPlatform: facts.platform,
		formatOptions: options.formatOptions,
		persistence: options.persistence,
		run: options.run,
	};
}

/**
 * `src.json` of a container made from a root file system without an image; `rootfs_digest`
 * is known once its image file was made. What would override an image's configuration is it.
 * @param url where it comes from, as pvr's `--from` names it; a user and a password are left out.
 */
export function rootfsSource(url: string, options: Omit<SourceOptions, "base"> = {}): SourceManifest {
	return {
		template: "builtin-lxc-docker",
		args: options.args,
		dockerConfig: options.config,
		formatOptions: options.formatOptions,
		rootfsUrl: url.replace(/^([a-z]+:\/\/)[^/]*@/i, "$1"),
		persistence: options.persistence,
		run: options.run,
	};
}
