import type { LockSettings, ProgressEvent, RegistryOptions, RunSettings } from "../internal.js";
import type { EngineFlags } from "./engine-options.js";
import { UsageError } from "./errors.js";
import type { ImageFlags, RegistryFlags } from "./image-options.js";
import { readImageTrust } from "./image-trust-options.js";
import { createProgress } from "./progress.js";
import { isSwitchedOn } from "./pvr-variables.js";
import { cacheDirectory, cacheKey, type Session } from "./session.js";
import { readStandardInput } from "./standard-input.js";

type SettingsFlags = ImageFlags &
	Partial<EngineFlags> & {
		readonly stripQemu?: boolean;
		readonly source?: string;
		readonly owner?: "root";
		readonly frozen?: boolean;
		/** How the lock is used. */
		readonly lockSettings?: LockSettings | undefined;
	};

/** The settings of a run, from the session and the flags of images and of the engine. */
export function openRunSettings(
	session: Session,
	flags: SettingsFlags,
	onProgress?: (event: ProgressEvent) => void,
): RunSettings {
	const { terminal, temporaryDirectory, objectStores, time, maximumTime, signal } = session;
	const directory = flags.cache ? cacheDirectory(session, flags.cacheDir) : undefined;
	return {
		cacheDirectory: directory,
		cacheKey: directory === undefined ? undefined : cacheKey(session),
		temporaryDirectory,
		objectStores,
		registry: {
			...registryOptions(session, flags),
			mirrors: flags.mirror,
			foreignLayerUrls: flags.foreignLayers,
		},
		sourceOrder: flags.source === undefined ? undefined : parseSourceOrder(flags.source),
		standardInput: process.stdin,
		offline: flags.offline || flags.frozen,
		lock: flags.lockSettings,
		imageTrust: readImageTrust(session, flags),
		platformPolicy: flags.platformPolicy,
		allowArchMismatch: flags.allowArchMismatch,
		tier: flags.tier ?? "balanced",
		order: flags.order ?? "similar",
		alignment: flags.align,
		jobs: flags.jobs,
		memory: flags.memory,
		maximumLayer: flags.maxLayer,
		time,
		maximumTime,
		stripQemu: flags.stripQemu ?? true,
		owner: flags.owner,
		signal,
		onProgress,
		onWarning: (message) => terminal.warn(message),
		onNote: (message) => terminal.info(message),
	};
}

/** How registries are reached, from the session and the flags. */
export function registryOptions(session: Session, flags: RegistryFlags): RegistryOptions {
	const { terminal, variables, home } = session;
	return {
		credentials: credentials(session, flags),
		registryConfig: flags.registryConfig,
		env: variables,
		home,
		userId: process.getuid?.(),
		insecure: flags.insecure ?? isSwitchedOn(variables, "PVR_INSECURE"),
		caFile: flags.caFile,
		clientCertificate: clientCertificate(flags),
		retries: flags.retries,
		timeout: flags.timeout === undefined ? undefined : flags.timeout * 1000,
		onWarning: (message) => terminal.warn(message),
		onDebug: (message) => terminal.debug(message),
	};
}

/** Runs `use` with settings whose progress is shown. */
export async function withProgress<T>(
	session: Session,
	flags: SettingsFlags,
	use: (settings: RunSettings) => Promise<T>,
): Promise<T> {
	const progress = createProgress(session.terminal, flags.progress);
	try {
		return await use(openRunSettings(session, flags, (event) => progress.report(event)));
	} finally {
		progress.stop();
	}
}

/** pvr's words, in pvr's order: `remote,local`. */
function parseSourceOrder(text: string): ("remote" | "local")[] {
	return text.split(",").map((item) => {
		const word = item.trim();
		if (word === "remote" || word === "local") return word;
		throw new UsageError(`--source: expected a list of remote and local, got ${text}`);
	});
}

/** Returns user and password from the command line or its variables: both or neither. */
export function credentials(
	session: Session,
	flags: RegistryFlags,
): { username: string; password: string } | undefined {
	const { username } = flags;
	const password = flags.passwordStdin ? readPassword(session, flags) : flags.password;
	if (username && password) return { username, password };
	// CI systems hand on variables that have no value as empty ones.
	if (!username && !password) return undefined;
	throw new UsageError(
		username
			? "--password: expected it together with --username"
			: "--username: expected it together with --password",
	);
}

/** Standard input can be read once. */
let passwordRead: string | undefined;

/** Reads all of standard input without the last newline, as docker login does. */
function readPassword({ terminal }: Session, { username }: RegistryFlags): string {
	if (!username) throw new UsageError("--password-stdin: expected --username with it");
	passwordRead ??= readStandardInput().replace(/\r?\n$/, "");
	if (passwordRead === "")
		throw new UsageError("--password-stdin: expected a password on standard input, got nothing");
	terminal.hide(passwordRead);
	return passwordRead;
}

function clientCertificate({ registryCert: cert, registryKey: key }: RegistryFlags) {
	if (cert !== undefined && key !== undefined) return { cert, key };
	if (cert === undefined && key === undefined) return undefined;
	const [missing, given] = cert === undefined ? ["cert", "key"] : ["key", "cert"];
	throw new UsageError(`--registry-${missing}: expected it together with --registry-${given}`);
}
