import type { JsonObject } from "../../ground/json/index.js";
import type { SourceManifest } from "./source-manifest.js";

/** What `src.json` records of an image. */
export interface ImageFacts {
	/** Repository as the user typed it, without tag and digest. */
	readonly familiarName: string;
	/** Tag of the reference; absent if it had only a digest. */
	readonly tag?: string | undefined;
	/** Digest of the platform's manifest; the image id if there is no manifest. */
	readonly digest: string;
	/** Platform as requested, `os/arch[/variant]`; absent if none was chosen. */
	readonly platform?: string | undefined;
	/** The `config` member of the image's configuration. */
	readonly config: JsonObject | undefined;
	/** Whether the image does not come from a registry, so that the digest is recorded without a name. */
	readonly local?: boolean | undefined;
}

/** What a user sets for the container of an image. */
export interface SourceOptions {
	readonly args?: JsonObject | undefined;
	readonly config?: JsonObject | undefined;
	readonly persistence?: ReadonlyMap<string, string> | undefined;
	readonly formatOptions?: string | undefined;
	/** Members that are merged into `run.json`. */
	readonly run?: JsonObject | undefined;
	/** Where pvr looks for images, in its words. Default: `remote,local`. */
	readonly source?: string | undefined;
	/** The container whose image is the base of this one, and its `docker_digest`. */
	readonly base?: { readonly name: string; readonly dockerDigest: string } | undefined;
}

/** Returns the `src.json` of a container made from an image, as `pvr app add` writes it (1.1 to 1.6). */
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
 * Returns the `src.json` of a container made from a root file system without an image. `rootfs_digest` is not known
 * before its squashfs is made. The configuration consists of the members that would override that of an image.
 * @param url the origin, as pvr's `--from` names it; a user and a password are left out.
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
