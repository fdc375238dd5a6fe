import { join } from "node:path";
import { readFileIfPresent } from "../../ground/files/index.js";
import {
	type AuthFile,
	type Credentials,
	helperCalls,
	parseAuthFile,
	storedCredentials,
} from "./auth-file.js";
import { askHelper } from "./credential-helper.js";
import { RegistryError } from "./errors.js";
import type { Settings } from "./settings.js";

export interface FoundCredentials {
	readonly credentials: Credentials | undefined;
	/** Why helpers could not be asked, for the error when the registry then refuses. */
	readonly problems: readonly string[];
}

interface AuthPlace {
	/** Name for messages: a path, or the name of a variable. */
	readonly subject: string;
	/** Returns the text; undefined if there is none. */
	readonly read: () => string | undefined;
	/** Whether the user named it, so that problems with it are errors, not warnings. */
	readonly chosen: boolean;
}

/**
 * Searches credentials in this order (docs/formats/images.md#credentials): given ones, PVR_REGISTRY_*,
 * `--registry-config`, or else DOCKER_AUTH_CONFIG, REGISTRY_AUTH_FILE, docker's and containers' files. Every host
 * and repository is looked up once.
 */
export class CredentialStore {
	readonly #settings: Settings;
	readonly #found: Map<string, Promise<FoundCredentials>> = new Map();

	constructor(settings: Settings) {
		this.#settings = settings;
	}

	/**
	 * @param isOrigin whether the host is that of the reference, not of a mirror, which does not get the given
	 *   credentials.
	 */
	async find(host: string, repository: string, isOrigin: boolean): Promise<FoundCredentials> {
		const explicit = isOrigin ? this.#explicit() : undefined;
		if (explicit !== undefined) return { credentials: explicit, problems: [] };
		const key = `${host}/${repository}`;
		const known = this.#found.get(key) ?? this.#search(host, repository);
		this.#found.set(key, known);
		return known;
	}

	#explicit(): Credentials | undefined {
		const { credentials, env } = this.#settings;
		if (credentials !== undefined) return { kind: "password", ...credentials };
		const { PVR_REGISTRY_USERNAME: username, PVR_REGISTRY_PASSWORD: password } = env;
		return username && password ? { kind: "password", username, password } : undefined;
	}

	async #search(host: string, repository: string): Promise<FoundCredentials> {
		const problems: string[] = [];
		const { env, timeout } = this.#settings;
		for (const place of authPlaces(this.#settings)) {
			const file = this.#load(place);
			if (file === undefined) continue;
			for (const call of helperCalls(file, host, repository)) {
				const { credentials, problem } = await askHelper(call, env, timeout);
				if (credentials !== undefined) return { credentials, problems };
				if (problem !== undefined) problems.push(`${place.subject}: ${problem}`);
			}
			const credentials = storedCredentials(file, host, repository);
			if (credentials !== undefined) return { credentials, problems };
		}
		for (const problem of problems) this.#settings.onWarning(`${problem}; going on without credentials`);
		return { credentials: undefined, problems };
	}

	#load(place: AuthPlace): AuthFile | undefined {
		try {
			const text = place.read();
			return text?.trim() ? parseAuthFile(text, place.subject) : undefined;
		} catch (error) {
			if (place.chosen || !(error instanceof Error)) throw error;
			this.#settings.onWarning(`${error.message}; it is ignored`);
			return undefined;
		}
	}
}

function authPlaces(settings: Settings): AuthPlace[] {
	const { registryConfig, env } = settings;
	if (registryConfig !== undefined)
		return [{ ...filePlace(registryConfig, true), read: () => required(registryConfig) }];
	const places: AuthPlace[] = [];
	const inline = env.DOCKER_AUTH_CONFIG;
	if (inline) places.push({ subject: "DOCKER_AUTH_CONFIG", read: () => inline, chosen: true });
	if (env.REGISTRY_AUTH_FILE) places.push(filePlace(env.REGISTRY_AUTH_FILE, true));
	if (env.DOCKER_CONFIG) places.push(filePlace(join(env.DOCKER_CONFIG, "config.json"), false));
	return [...places, ...usualFiles(settings).map((path) => filePlace(path, false))];
}

/**
 * Returns the files in which `docker login`, `podman login` and `skopeo login` save credentials by docker's rules
 * and containers-auth.json(5).
 */
function usualFiles({ env, home, userId }: Settings): string[] {
	const runtime = env.XDG_RUNTIME_DIR || (userId === undefined ? undefined : `/run/containers/${userId}`);
	const config = env.XDG_CONFIG_HOME || (home && join(home, ".config"));
	return [
		home && join(home, ".docker", "config.json"),
		runtime && join(runtime, env.XDG_RUNTIME_DIR ? "containers/auth.json" : "auth.json"),
		config && join(config, "containers", "auth.json"),
	].filter((path) => typeof path === "string" && path !== "") as string[];
}

/** Returns the file that `login` writes: the named one, else docker's. Undefined without a home directory. */
export function loginFile({ registryConfig, env, home }: Settings): string | undefined {
	if (registryConfig !== undefined) return registryConfig;
	if (env.REGISTRY_AUTH_FILE) return env.REGISTRY_AUTH_FILE;
	const docker = env.DOCKER_CONFIG || (home && join(home, ".docker"));
	return docker ? join(docker, "config.json") : undefined;
}

function filePlace(path: string, chosen: boolean): AuthPlace {
	return { subject: path, read: () => readText(path), chosen };
}

function readText(path: string): string | undefined {
	const bytes = readFileIfPresent(path);
	return bytes && Buffer.from(bytes).toString("utf8");
}

function required(path: string): string {
	const text = readText(path);
	if (text !== undefined) return text;
	throw new RegistryError("ERR_REGISTRY_CONFIG", `${path}: read credentials: there is no such file`);
}
