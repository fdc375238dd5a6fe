import { accessSync, constants, existsSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
	discardPendingFiles,
	discardTemporaryDirectories,
	ENDING_SIGNALS,
	isDirectory,
	jointSignal,
	readCacheKeyFile,
} from "../internal.js";
import { UsageError } from "./errors.js";
import { withPvrProxy } from "./pvr-variables.js";
import type { Terminal } from "./terminal.js";

type Variables = Readonly<Record<string, string | undefined>>;

/** The environment of a command: variables, directories, time. Code below `cli/` does not read it by itself. */
export interface Session {
	readonly terminal: Terminal;
	readonly variables: Variables;
	/** Undefined if there is none that can be read. */
	readonly home: string | undefined;
	/** Directory for spools and other temporary files: TMPDIR. */
	readonly temporaryDirectory: string;
	/** `PVR_CONFIG_DIR`, else `~/.pvr`; absent without a home. */
	readonly configDirectory: string | undefined;
	/** Where a checkout may keep objects outside of it: pvr's own store, and those that the user names. */
	readonly objectStores: readonly string[];
	/** Seconds since 1970 for all that we make: SOURCE_DATE_EPOCH, else 0. */
	readonly time: number;
	/** SOURCE_DATE_EPOCH, where it is set: later times of the image are pulled back to it. */
	readonly maximumTime: number | undefined;
	/** Aborted by SIGINT and SIGTERM. */
	readonly signal: AbortSignal;
}

/** Flags of every command. */
interface SessionFlags {
	readonly configDir?: string;
	readonly objectsDir?: string;
}

export function openSession(terminal: Terminal, variables: Variables, flags: SessionFlags = {}): Session {
	const home = readableDirectory(variables.HOME === undefined ? undefined : variables.HOME || safeHome());
	const epoch = sourceDateEpoch(variables.SOURCE_DATE_EPOCH);
	const configDirectory = flags.configDir ?? (variables.PVR_CONFIG_DIR || (home && join(home, ".pvr")));
	const stores: readonly (string | undefined)[] = [
		flags.objectsDir,
		variables.PVR_OBJECTS_DIR,
		configDirectory && join(configDirectory, "objects"),
	];
	return {
		terminal,
		variables: withPvrProxy(variables),
		home,
		temporaryDirectory: tmpdir(),
		configDirectory,
		objectStores: stores.filter((path): path is string => path !== undefined && path !== ""),
		time: epoch ?? 0,
		maximumTime: epoch,
		signal: interruptSignal(),
	};
}

/**
 * Where blobs, compressed blocks and made images are kept between runs; undefined where no
 * place can be written, as for users without a home.
 */
export function cacheDirectory({ terminal, variables, home }: Session, chosen?: string): string | undefined {
	if (chosen !== undefined) return chosen;
	const base = variables.XDG_CACHE_HOME || (home && join(home, ".cache"));
	const wanted = variables.PVPKG_CACHE_DIR || undefined;
	const directory = wanted ?? (base && join(base, "pvpkg"));
	if (directory && canCreate(directory)) return directory;
	if (wanted !== undefined) terminal.warn(`${wanted}: PVPKG_CACHE_DIR cannot be written: nothing is kept`);
	return undefined;
}

/** Shorter strings are not keys; most keys are longer. */
const LEAST_KEY_LENGTH = 16;

/**
 * The secret that authenticates a cache: PVPKG_CACHE_KEY, else `cache.key` in the configuration
 * directory. Undefined where there is no place for one.
 */
export function cacheKey({ terminal, variables, configDirectory }: Session): string | undefined {
	const given = variables.PVPKG_CACHE_KEY;
	if (given) {
		if (given.length >= LEAST_KEY_LENGTH) return given;
		throw new UsageError(
			`PVPKG_CACHE_KEY: expected at least ${LEAST_KEY_LENGTH} characters, got ${given.length}`,
		);
	}
	if (configDirectory !== undefined) return readCacheKeyFile(configDirectory, (text) => terminal.warn(text));
	terminal.warn("cache: no place for cache.key: only blobs are kept (PVPKG_CACHE_KEY names a key)");
	return undefined;
}

function safeHome(): string | undefined {
	try {
		return homedir();
	} catch {
		return undefined; // A user without an entry in passwd.
	}
}

function readableDirectory(path: string | undefined): string | undefined {
	return path !== undefined && isDirectory(path) ? path : undefined;
}

/** Judges by the nearest existing directory. */
function canCreate(directory: string): boolean {
	if (!existsSync(directory)) return dirname(directory) !== directory && canCreate(dirname(directory));
	try {
		accessSync(directory, constants.W_OK);
		return true;
	} catch {
		return false;
	}
}

function sourceDateEpoch(text: string | undefined): number | undefined {
	if (text === undefined || text === "") return undefined;
	if (/^\d{1,10}$/.test(text) && Number(text) < 2 ** 32) return Number(text);
	throw new UsageError(`SOURCE_DATE_EPOCH: expected seconds since 1970, 0..4294967295, got ${text}`);
}

let interrupted: AbortSignal | undefined;

/** On the first signal everything unfinished is removed and the process ends; later ones cannot cut that short. */
function interruptSignal(): AbortSignal {
	if (interrupted !== undefined) return interrupted;
	const controller = new AbortController();
	for (const name of ENDING_SIGNALS) {
		process.on(name, () => {
			controller.abort();
			discardPendingFiles();
			discardTemporaryDirectories();
			process.exit(130);
		});
	}
	interrupted = jointSignal(controller.signal);
	return interrupted;
}
