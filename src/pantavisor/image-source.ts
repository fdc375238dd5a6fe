import type { JsonObject } from "../json/index.js";
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
	};
}

/**
 * `src.json` of a container made from a root file system without an image (4.8).
 * @param url where it came from, as given, but for a user and a password; @param digest `sha256:<hex>` of the image file that was made.
 */
export function rootfsSource(url: string, digest: string, options: SourceOptions = {}): SourceManifest {
	return {
		template: "builtin-lxc-docker",
		args: options.args,
		config: options.config,
		formatOptions: options.formatOptions,
		rootfsUrl: url.replace(/^([a-z]+:\/\/)[^/]*@/i, "$1"),
		rootfsDigest: digest,
		persistence: options.persistence,
	};
}
