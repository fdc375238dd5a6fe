import type { Reference } from "../oci/index.js";
import { RegistryError } from "./errors.js";
import { shown } from "./message.js";

/** One place to look for a repository. */
export interface Place {
	readonly host: string;
	readonly repository: string;
	readonly isOrigin: boolean;
}

const HUB = "registry-1.docker.io";
const MIRROR = /^([^=/\s]+)=([^=/\s]+)((?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*)\/?$/;

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
		const message = `--mirror ${shown(text)}: parse mirror: expected registry=host[/prefix]`;
		throw new RegistryError("ERR_REGISTRY_CONFIG", message);
	}
	const of = match[1] === "docker.io" || match[1] === "index.docker.io" ? HUB : match[1]!;
	return { of, host: match[2]!, prefix: match[3]!.slice(1) };
}
