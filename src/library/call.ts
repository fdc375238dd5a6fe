import type { LockSettings, ProgressEvent, RunSettings } from "../container/index.js";
import { type Alignment, parseAlignment } from "../squashfs/format/index.js";
import { OpenedResources, type ResourceSettings, type Resources, settingsOf } from "./resources.js";
import { libraryVersion } from "./version.js";

/** What every call takes. */
export interface CallOptions {
	/** The resources that this call shares with others. Default: it opens its own, closes them, and keeps nothing. */
	readonly resources?: Resources | undefined;
	/** Ends the call. Its outputs are then as they were before. */
	readonly signal?: AbortSignal | undefined;
	/** Receives the progress of the call. */
	readonly onProgress?: ((event: ProgressEvent) => void) | undefined;
	/** Receives warnings as they occur. Findings about a package are in the result, too. */
	readonly onWarning?: ((message: string) => void) | undefined;
	/** Receives decisions that were made on the way, such as the use of a platform's lower variant. */
	readonly onNote?: ((message: string) => void) | undefined;
}

/** A lock, and how strictly it is used. */
export interface LockOptions {
	/** Path of the lock, such as `pvpkg.lock.json`. Nothing is locked where the file does not exist. */
	readonly path: string;
	/** Refuses whatever the lock does not contain. Default: false, but with `from` always so. */
	readonly strict?: boolean | undefined;
	/** OCI layout that all images are read from, as `fetchProject` writes it. */
	readonly from?: string | undefined;
}

/** How images are chosen and made, for every call that makes some. Defaults are those of the command line. */
export interface MakeOptions extends CallOptions {
	/** `exact` refuses lower variants of a platform. Default: `compatible`. */
	readonly platformPolicy?: "compatible" | "exact" | undefined;
	/** Only warns about programs that the platform does not run. Default: false. */
	readonly allowArchMismatch?: boolean | undefined;
	/** Effort of the xz encoder. Default: `balanced`. */
	readonly tier?: "fast" | "balanced" | "best" | undefined;
	/** Which files share a fragment block. Default: `similar`. */
	readonly order?: "similar" | "tree" | undefined;
	/** Alignment of the data of files in the image, such as `4096` or `4096,32K`. Default: none. */
	readonly align?: string | undefined;
	/** Modification time of everything that pvpkg itself makes, in seconds since 1970. Default: 0. */
	readonly time?: number | undefined;
	/** Latest modification time; later times in an image are set to it. Default: times stay as they are. */
	readonly maximumTime?: number | undefined;
	/** Removes `usr/bin/qemu-arm-static`, as pvr does. Default: true. */
	readonly stripQemu?: boolean | undefined;
	/** `root` gives the files of a directory (`dir:`) to root, with modes and one time that no checkout changes. */
	readonly owner?: "root" | undefined;
	/** Uses no network. Default: false. */
	readonly offline?: boolean | undefined;
	/** The lock that decides which digests the names of images stand for. Default: the registries decide. */
	readonly lock?: LockOptions | undefined;
}

/** Calls `use` with the settings of a run: those of the shared resources, of the call, and defaults. */
export async function withSettings<T>(
	options: MakeOptions,
	use: (settings: RunSettings) => Promise<T>,
): Promise<T> {
	const { resources, signal } = options;
	if (resources === undefined) return use(runSettings(settingsOf({}), options, signal));
	if (resources instanceof OpenedResources) {
		return resources.lend(signal, (settings, either) => use(runSettings(settings, options, either)));
	}
	throw new TypeError("resources: expected what openResources returned");
}

function runSettings(
	resources: ResourceSettings,
	options: MakeOptions,
	signal: AbortSignal | undefined,
): RunSettings {
	const { onProgress, onWarning, onNote } = options;
	return {
		...resources,
		...{ signal, onProgress, onWarning, onNote },
		platformPolicy: options.platformPolicy ?? "compatible",
		allowArchMismatch: options.allowArchMismatch,
		tier: options.tier ?? "balanced",
		order: options.order ?? "similar",
		alignment: alignmentOf(options),
		time: options.time ?? 0,
		maximumTime: options.maximumTime,
		stripQemu: options.stripQemu ?? true,
		owner: options.owner,
		offline: options.offline,
		lock: lockSettings(options),
	};
}

function alignmentOf({ align }: MakeOptions): Alignment | undefined {
	return align === undefined ? undefined : parseAlignment(align);
}

/** Returns how a lock is used; what is offline and strict takes no lock of another version, as `--frozen` does. */
export function lockSettings({ lock, offline }: MakeOptions): LockSettings | undefined {
	if (lock === undefined) return undefined;
	const { path, from } = lock;
	const strict = lock.strict === true || from !== undefined;
	return { path, strict, from, version: libraryVersion(), frozen: strict && offline };
}
