import type { LockSettings, ProgressEvent, RunSettings } from "../container/index.js";
import { type Alignment, parseAlignment } from "../squashfs/format/index.js";
import { OpenedResources, type ResourceSettings, type Resources, settingsOf } from "./resources.js";
import { libraryVersion } from "./version.js";

/** What every call takes. */
export interface CallOptions {
	/** What the call shares with others. Default: it opens its own resources and closes them, and keeps nothing. */
	readonly resources?: Resources | undefined;
	/** Ends the call; outputs are then as they were before. */
	readonly signal?: AbortSignal | undefined;
	/** Receives how far the call has come. */
	readonly onProgress?: ((event: ProgressEvent) => void) | undefined;
	/** Receives warnings as they come; findings about what is made are also in the result. */
	readonly onWarning?: ((message: string) => void) | undefined;
	/** Receives what was decided on the way, such as a lower variant that is used instead of a platform. */
	readonly onNote?: ((message: string) => void) | undefined;
}

/** Which images names mean, without or with a lock. */
export interface LockOptions {
	/** The lock, such as `pvpkg.lock.json`. Where it is not there, nothing is locked. */
	readonly path: string;
	/** Refuses whatever the lock does not have. Default: false. */
	readonly strict?: boolean | undefined;
	/** OCI layout that all images are read from, as `fetchProject` writes it. */
	readonly from?: string | undefined;
}

/** How images are chosen and made, for every call that makes some. What is not said is as on the command line. */
export interface MakeOptions extends CallOptions {
	/** `exact` refuses lower variants of a platform. Default: `compatible`. */
	readonly platformPolicy?: "compatible" | "exact" | undefined;
	/** Only warns of programs that the platform does not run. Default: false. */
	readonly allowArchMismatch?: boolean | undefined;
	/** Effort of the xz encoder. Default: `balanced`. */
	readonly tier?: "fast" | "balanced" | "best" | undefined;
	/** Which files share a fragment block. Default: `similar`. */
	readonly order?: "similar" | "tree" | undefined;
	/** Where the data of files may begin, such as `4096` or `4096,32K`. Default: anywhere. */
	readonly align?: string | undefined;
	/** Modification time of whatever is made, in seconds since 1970. Default: 0. */
	readonly time?: number | undefined;
	/** Later modification times of an image are pulled back to it. Default: they stay. */
	readonly maximumTime?: number | undefined;
	/** Removes `usr/bin/qemu-arm-static`, as pvr does. Default: true. */
	readonly stripQemu?: boolean | undefined;
	/** Uses no network. Default: false. */
	readonly offline?: boolean | undefined;
	/** Default: names mean what their registries say at the moment. */
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
	const { path, strict = false, from } = lock;
	return { path, strict, from, version: libraryVersion(), frozen: strict && offline };
}
