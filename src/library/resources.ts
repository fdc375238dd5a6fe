import { randomBytes } from "node:crypto";
import { homedir, tmpdir } from "node:os";
import { type RunSettings, Shared } from "../container/index.js";
import { jointSignal } from "../ground/bytes/index.js";
import { TemporaryDirectory } from "../ground/files/index.js";
import type { RegistryOptions } from "../image/registry/index.js";
import { LibraryError } from "./errors.js";

/** Where data is kept, and how registries are reached. Everything has a default. */
export interface ResourcesOptions {
	/**
	 * Directory that keeps downloads, compressed blocks and made images for later. Default: a temporary directory,
	 * which `dispose` removes.
	 */
	readonly cacheDirectory?: string | undefined;
	/**
	 * Secret of at least 16 characters that authenticates the content of `cacheDirectory`. Without it the
	 * directory keeps only downloads, whose digests are checked, and nothing derived from them.
	 */
	readonly cacheKey?: string | undefined;
	/** Directory for temporary files; it must exist. Default: the system's. */
	readonly temporaryDirectory?: string | undefined;
	/**
	 * Credentials, proxies, authorities and mirrors of registries. Default: what the environment and the files of
	 * docker and podman say.
	 */
	readonly registry?: RegistryOptions | undefined;
	/** Number of worker threads. Default: the processors that this process may use. */
	readonly jobs?: number | undefined;
	/** Bytes that compression may take. Default: what eight blocks for each worker take. */
	readonly memory?: number | undefined;
}

/**
 * What calls share: the cache, worker threads, connections to registries, credentials and tokens. Calls that are
 * given none open their own, and close them.
 *
 * @example
 * await using resources = openResources({ cacheDirectory: ".cache/pvpkg", cacheKey });
 * await exportImage({ image: "nginx:1.27", sign: false, resources });
 * await exportImage({ image: "redis:7", sign: false, resources });
 */
export interface Resources extends AsyncDisposable {
	/** Ends calls that are still running, worker threads and connections, and removes temporary files. */
	dispose(): Promise<void>;
}

/** The settings of a run that do not change from call to call. */
export type ResourceSettings = Pick<
	RunSettings,
	"cacheDirectory" | "cacheKey" | "temporaryDirectory" | "registry" | "jobs" | "memory" | "shared"
>;

/** Opens what several calls share. Nothing is started, connected to or written before the first call. */
export function openResources(options: ResourcesOptions = {}): Resources {
	return new OpenedResources(options);
}

/** Returns the settings of these options alone, for a call that shares nothing. */
export function settingsOf(options: ResourcesOptions): ResourceSettings {
	const { cacheDirectory, cacheKey, temporaryDirectory = tmpdir(), jobs, memory } = options;
	const registry = {
		env: process.env,
		home: homeOrNothing(),
		userId: process.getuid?.(),
		...options.registry,
	};
	return { cacheDirectory, cacheKey, temporaryDirectory, registry, jobs, memory };
}

/** Returns the home directory; undefined for a user without an entry in the user database. */
function homeOrNothing(): string | undefined {
	try {
		return homedir();
	} catch {
		return undefined;
	}
}

/** Resources with what calls need of them. */
export class OpenedResources implements Resources {
	readonly #settings: ResourceSettings;
	readonly #closing: AbortController = new AbortController();
	readonly #calls: Set<Promise<unknown>> = new Set();
	#passing: TemporaryDirectory | undefined;

	constructor(options: ResourcesOptions) {
		const settings = settingsOf(options);
		this.#settings = { ...settings, shared: new Shared(settings) };
	}

	/**
	 * Calls `use` with the settings of these resources, and with a signal that also ends when they are disposed of.
	 * @throws LibraryError ERR_RESOURCES_CLOSED
	 */
	async lend<T>(
		signal: AbortSignal | undefined,
		use: (settings: ResourceSettings, signal: AbortSignal) => Promise<T>,
	): Promise<T> {
		if (this.#closing.signal.aborted) throw closedError();
		const either = jointSignal(this.#closing.signal, signal);
		const call = use(this.#withCache(), either);
		const settled = call.then(
			() => {},
			() => {},
		);
		this.#calls.add(settled);
		try {
			return await call;
		} finally {
			this.#calls.delete(settled);
		}
	}

	/** Returns the settings with a temporary cache, which has a key so that later calls find what earlier ones made. */
	#withCache(): ResourceSettings {
		const { cacheDirectory, temporaryDirectory } = this.#settings;
		if (cacheDirectory !== undefined) return this.#settings;
		this.#passing ??= TemporaryDirectory.create(temporaryDirectory);
		this.#cacheKey ??= randomBytes(32).toString("hex");
		return { ...this.#settings, cacheDirectory: this.#passing.path, cacheKey: this.#cacheKey };
	}

	#cacheKey: string | undefined;

	async dispose(): Promise<void> {
		this.#closing.abort(closedError());
		await Promise.all(this.#calls);
		await this.#settings.shared?.close();
		this.#passing?.remove();
		this.#passing = undefined;
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.dispose();
	}
}

function closedError(): LibraryError {
	return new LibraryError(
		"ERR_RESOURCES_CLOSED",
		"resources: use: they are closed, expected them to stay open until the last call has ended",
	);
}
