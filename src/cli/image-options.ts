import { type Command, Option } from "commander";
import { UsageError } from "./errors.js";
import { addImageTrustOptions, type ImageTrustFlags } from "./image-trust-options.js";
import { inGroup } from "./option-group.js";
import { collect, numberOption, sizeOption } from "./option-values.js";
import { type ProgressMode, parseProgressMode } from "./progress.js";

/** Help of an IMAGE argument. */
export const IMAGE_HELP: string =
	"registry reference; or oci:DIR, oci-archive:FILE, docker-archive:FILE (each maybe with :TAG), docker-daemon:NAME; a FILE may be -, or be inside a zip: build.zip//app.tar";

/** Help of an IMAGE argument that may also be a root file system. */
export const ROOT_HELP: string = `${IMAGE_HELP}; or a root file system of one platform, taken as it is: dir:DIR, tar:FILE, tar:URL (pvr's --type rootfs)`;

/** How an image is named, and who owns the files of a directory. */
export interface InputFlags extends OwnerFlags {
	readonly as?: string;
}

/** Adds the options of a command that records IMAGE and builds from it. */
export function addInputOptions(command: Command): Command {
	return addOwnerOption(addNameOption(command));
}

/** Adds `--as` to a command that records an image. */
export function addNameOption(command: Command): Command {
	return command.option(
		"--as <name[:tag]>",
		"name of the image in src.json, wherever its bytes come from (default: as <image>)",
	);
}

/** Who owns the files of a directory. */
export interface OwnerFlags {
	readonly owner?: "root";
}

/** Adds `--owner` to a command that reads root file systems. */
export function addOwnerOption(command: Command): Command {
	return command.addOption(
		new Option(
			"--owner <user>",
			"give the files of dir:DIR to root, with modes 0755 and 0644 and one time, whoever owns them here",
		).choices(["root"]),
	);
}

/** How to reach registries, and with which credentials. */
export interface RegistryFlags {
	readonly username?: string;
	readonly password?: string;
	readonly passwordStdin?: boolean;
	readonly registryCert?: string;
	readonly registryKey?: string;
	readonly registryConfig?: string;
	readonly caFile?: string;
	/** True for every host, or a list of hosts. */
	readonly insecure?: boolean | readonly string[];
	readonly retries?: number;
	readonly timeout?: number;
}

/** How to find and fetch images. */
export interface ImageFlags extends RegistryFlags, ImageTrustFlags {
	readonly mirror?: readonly string[];
	readonly foreignLayers?: boolean;
	readonly platformPolicy: "compatible" | "exact";
	readonly allowArchMismatch?: boolean;
	/** Bytes. */
	readonly maxLayer?: number;
	readonly offline?: boolean;
	/** False with --no-cache. */
	readonly cache: boolean;
	readonly cacheDir?: string;
	readonly progress?: ProgressMode;
}

/** Adds the options by which registries are reached. */
export function addRegistryOptions(command: Command, shortOptions = true): Command {
	const option = (flags: string, text: string) => new Option(flags, text);
	return inGroup(command, "Registry:", (group) =>
		group
			.addOption(
				option(`${shortOptions ? "-u, " : ""}--username <name>`, "user at the registry").env(
					"PVR_REGISTRY_USERNAME",
				),
			)
			.addOption(option("--password <password>", "password at the registry").env("PVR_REGISTRY_PASSWORD"))
			.option("--password-stdin", "read that password from standard input, so that no process list shows it")
			.option("--registry-cert <file>", "PEM certificate to show to registries that ask for one")
			.option("--registry-key <file>", "PEM key of --registry-cert")
			.option("--registry-config <file>", "credentials in the form of docker's config.json")
			.option("--ca-file <file>", "PEM certificates of authorities to trust as well")
			.option("--insecure [host]", "allow plain HTTP and unknown certificates (repeatable)", collectHosts)
			.addOption(
				option("--retries <n>", "attempts after a failure (default: 4)").argParser(numberOption("--retries")),
			)
			.addOption(
				option("--timeout <seconds>", "longest silence of a server (default: 60)").argParser(
					numberOption("--timeout"),
				),
			),
	);
}

function addCacheOptions(command: Command, usesCache: boolean): Command {
	const option = usesCache
		? new Option("--no-cache", "keep nothing after the run, and use nothing from earlier runs")
		: new Option("--with-cache", "build with the cache, which tests its content");
	return inGroup(command, "Images and cache:", (group) =>
		group
			.addOption(option)
			.option("--cache-dir <dir>", "directory for blobs and compressed blocks (default: $PVPKG_CACHE_DIR)"),
	);
}

/**
 * Adds the options of images; without short ones for a command that takes another program's, such as
 * -uid-gid-offset; with --with-cache instead of --no-cache for one that uses no cache by default.
 */
export function addImageOptions(
	command: Command,
	{
		shortOptions = true,
		usesCache = true,
	}: { readonly shortOptions?: boolean; readonly usesCache?: boolean } = {},
): Command {
	addImageTrustOptions(addCacheOptions(addRegistryOptions(command, shortOptions), usesCache));
	return inGroup(command, "Images and cache:", (group) =>
		group
			.option("--mirror <HOST=MIRROR[/PREFIX]>", "registry to try before HOST (repeatable)", collect)
			.option("--foreign-layers", "fetch layers that no registry holds from the addresses in the manifest")
			.option("--offline", "use no network: everything must be in the cache")
			.addOption(
				new Option("--platform-policy <policy>", "whether a lower variant may be used instead")
					.choices(["compatible", "exact"])
					.default("compatible"),
			)
			.option(
				"--allow-arch-mismatch",
				"take images whose configuration or programs are of another architecture",
			)
			.addOption(
				new Option(
					"--max-layer <size>",
					"refuse layers, root file systems and archives of images that unpack to more, such as 64G (default: 16G)",
				).argParser(sizeOption("--max-layer")),
			)
			.addOption(
				new Option("--progress <mode>", "auto: bars on a terminal, else lines; plain: lines; none")
					.argParser(parseProgressMode)
					.env("PVPKG_PROGRESS"),
			),
	);
}

export function collectHosts(
	host: string | boolean,
	before?: boolean | readonly string[],
): boolean | readonly string[] {
	if (typeof host === "boolean" || before === true) return true;
	// The next word of the command line is taken as the host, even if it is the image.
	if (!/^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?$/i.test(host)) {
		throw new UsageError("--insecure: expected a host; to mean all hosts, write --insecure after the image");
	}
	return [...(Array.isArray(before) ? before : []), host];
}
