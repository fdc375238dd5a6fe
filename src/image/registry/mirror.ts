import { canonicalRegistry, type Reference } from "../oci/index.js";
import { RegistryError } from "./errors.js";
import { shown } from "./message.js";

/** One place to look for a repository. */
export interface Place {
	readonly host: string;
	readonly repository: string;
	readonly isOrigin: boolean;
}

const MIRROR =
	/^([^=/\s@]+)=([\w.-]+(?::\d+)?|\[[\da-f:.]+\](?::\d+)?)((?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*)\/?$/;

/**
 * Where a reference's repository is asked for: its mirrors in the order given, then itself.
 * @param mirrors `registry=host[/prefix]`; `docker.io` stands for Docker Hub.
 * @throws RegistryError ERR_REGISTRY_CONFIG
 */
export function placesOf({ registry, repository }: Reference, mirrors: readonly string[]): Place[] {
	const places: Place[] = mirrors.map(parseMirror).flatMap(({ of, host, prefix }) => {
		if (of !== registry) return [];
		return [{ host, repository: prefix === "" ? repository : `${prefix}/${repository}`, isOrigin: false }];
	});
	return [...places, { host: registry, repository, isOrigin: true }];
}

function parseMirror(text: string): { of: string; host: string; prefix: string } {
	const match = MIRROR.exec(text);
	if (match === null || !URL.canParse(`https://${match[2]}/`)) {
		const place = shown(text.replace(/^([^=]*=)?.*@/s, "$1"));
		const hint = text.includes("@") ? "; credentials belong into --registry-config" : "";
		const message = `--mirror ${place}: parse mirror: expected registry=host[/prefix]${hint}`;
		throw new RegistryError("ERR_REGISTRY_CONFIG", message);
	}
	return { of: canonicalRegistry(match[1]!), host: match[2]!, prefix: match[3]!.slice(1) };
}
