import { join } from "node:path";
import { listDirectory, readFileIfPresent } from "../../ground/files/index.js";
import { RegistryError } from "./errors.js";
import { mergeRegistriesConf, parseRegistriesConf, type RegistriesConf } from "./registries-conf.js";
import type { Settings } from "./settings.js";

const NONE: RegistriesConf = { registries: new Map(), aliases: new Map() };

/**
 * Reads `registries.conf` and the files of `registries.conf.d` from where podman and skopeo do: the file of
 * CONTAINERS_REGISTRIES_CONF, else the user's, else the machine's. With a file of the user, only the user's
 * directory counts.
 * @throws RegistryError ERR_REGISTRY_CONFIG
 */
export function readRegistriesConf(settings: Settings): RegistriesConf {
	return filesOf(settings).reduce((conf, path) => {
		const bytes = readFileIfPresent(path);
		return bytes === undefined ? conf : mergeRegistriesConf(conf, parseRegistriesConf(bytes, path));
	}, NONE);
}

function filesOf({ env, home, containersDirectory }: Settings): string[] {
	const config = env.XDG_CONFIG_HOME || (home && join(home, ".config"));
	const user = config ? join(config, "containers") : undefined;
	const users = user === undefined ? [] : dropIns(user);
	const named = env.CONTAINERS_REGISTRIES_CONF;
	if (named) {
		if (readFileIfPresent(named) !== undefined) return [named, ...dropIns(containersDirectory), ...users];
		const message = `CONTAINERS_REGISTRIES_CONF: read registries.conf: there is no ${named}`;
		throw new RegistryError("ERR_REGISTRY_CONFIG", message);
	}
	const own = user && join(user, "registries.conf");
	if (own !== undefined && readFileIfPresent(own) !== undefined) return [own, ...users];
	return [join(containersDirectory, "registries.conf"), ...dropIns(containersDirectory), ...users];
}

/** Returns the files in a directory in byte order of their names. */
function dropIns(directory: string): string[] {
	const folder = join(directory, "registries.conf.d");
	const names = listDirectory(folder).filter((name) => name.endsWith(".conf"));
	return names.sort((a, b) => (a < b ? -1 : 1)).map((name) => join(folder, name));
}
