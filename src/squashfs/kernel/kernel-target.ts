import { SquashfsError } from "../format/index.js";

/** The kernel that an image is for. */
export interface KernelTarget {
	/** Name as given, for messages: `6.1` or a configuration's file. */
	readonly name: string;
	/** Major and minor version, if known. */
	readonly version?: readonly [major: number, minor: number] | undefined;
	/** Enabled options of its configuration, built in or as a module. */
	readonly options?: ReadonlySet<string> | undefined;
}

/** Parses `6.1`, `6.1.38` or `5.10.110-yocto`. @throws SquashfsError ERR_SQUASHFS_OPTION */
export function parseKernelVersion(text: string): KernelTarget {
	const [, major, minor] = /^v?(\d{1,3})\.(\d{1,3})(?![\d])/.exec(text) ?? [];
	if (major === undefined) {
		throw new SquashfsError(
			"ERR_SQUASHFS_OPTION",
			`kernel ${JSON.stringify(text)}: read version: expected one such as 6.1`,
		);
	}
	return { name: text, version: [Number(major), Number(minor)] };
}

/**
 * Reads the configuration of a kernel (`.config`, `/proc/config` unpacked).
 * @throws SquashfsError ERR_SQUASHFS_OPTION for a file that is not a configuration.
 */
export function parseKernelConfig(text: string, name: string): KernelTarget {
	const lines = text.split("\n");
	const options = lines.flatMap((line) => /^(CONFIG_[A-Z0-9_]+)=[ym]\r?$/.exec(line)?.[1] ?? []);
	if (options.length === 0) {
		throw new SquashfsError(
			"ERR_SQUASHFS_OPTION",
			`${name}: read kernel configuration: expected lines such as CONFIG_SQUASHFS=y`,
		);
	}
	const [, major, minor] = /^# Linux\/\S+ (\d+)\.(\d+)/m.exec(text) ?? [];
	const version = major === undefined ? undefined : ([Number(major), Number(minor)] as const);
	return { name, options: new Set(options), version };
}

/** Returns whether a target is known to be of this version or a later one. */
export function isAtLeast({ version }: KernelTarget, major: number, minor: number): boolean {
	return version !== undefined && (version[0] > major || (version[0] === major && version[1] >= minor));
}
