import { canonicalName, canonicalRegistry, DOCKER_HUB, type Reference } from "../oci/index.js";
import { RegistryError } from "./errors.js";
import { shown } from "./message.js";
import type { RegistriesConf, RegistryEntry } from "./registries-conf.js";

/** A place that may have a repository. */
export interface Place {
	readonly host: string;
	readonly repository: string;
	/** Whether it is the registry that the reference names. */
	readonly isOrigin: boolean;
	/** Whether registries.conf allows plain HTTP and any certificate for it. */
	readonly insecure?: boolean | undefined;
}

const MIRROR =
	/^([^=/\s@]+)=([\w.-]+(?::\d+)?|\[[\da-f:.]+\](?::\d+)?)((?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*)\/?$/;
/** Host and repository, after replacing a prefix with a location. */
const PLACE = /^([\w.-]+(?::\d+)?|\[[\da-f:.]+\](?::\d+)?)\/([a-z0-9]+(?:[._/-]+[a-z0-9]+)*)$/;

/**
 * Returns the places to ask for a reference's repository: the mirrors in the given order, those of registries.conf,
 * and last the registry itself, or its location in registries.conf.
 * @param mirrors `registry=host[/prefix]`; `docker.io` stands for Docker Hub.
 * @throws RegistryError ERR_REGISTRY_CONFIG, ERR_REGISTRY_BLOCKED
 */
export function placesOf(reference: Reference, mirrors: readonly string[], conf?: RegistriesConf): Place[] {
	const { registry, repository } = reference;
	const places: Place[] = mirrors.map(parseMirror).flatMap(({ of, host, prefix }) => {
		if (of !== registry) return [];
		return [{ host, repository: prefix === "" ? repository : `${prefix}/${repository}`, isOrigin: false }];
	});
	const entry = conf && findEntry(conf, reference);
	return [...places, ...(entry === undefined ? [originOf(reference)] : placesBy(entry, reference))];
}

/**
 * Returns what a short name stands for by the aliases of registries.conf, if that is another image than Docker
 * Hub's. Aliases are not followed, as a name would then stand for different images on different machines.
 */
export function aliasOf(reference: Reference, { aliases }: RegistriesConf): string | undefined {
	const alias = aliases.get(reference.familiarName);
	if (alias === undefined || reference.registry !== DOCKER_HUB) return undefined;
	return alias === canonicalName(reference) ? undefined : alias;
}

function originOf({ registry, repository }: Reference): Place {
	return { host: registry, repository, isOrigin: true };
}

function placesBy(entry: RegistryEntry, reference: Reference): Place[] {
	const { blocked, prefix, mirrors, location, insecure } = entry;
	if (blocked) {
		const reason = `registries.conf blocks ${shown(prefix)}`;
		throw new RegistryError("ERR_REGISTRY_BLOCKED", `${canonicalName(reference)}: open: ${reason}`);
	}
	const kind = reference.digest === undefined ? "digest-only" : "tag-only";
	const used = mirrors.filter(({ pulls }) => pulls !== kind);
	const origin = originOf(reference);
	const moved = location === "" || location === prefix ? origin : rewritten(entry, location, reference);
	return [
		...used.map((mirror) => ({ ...rewritten(entry, mirror.location, reference), insecure: mirror.insecure })),
		{ ...moved, insecure },
	];
}

/** Returns the entry with the longest prefix. */
function findEntry({ registries }: RegistriesConf, reference: Reference): RegistryEntry | undefined {
	const fitting = [...registries.values()].filter(
		({ prefix }) => matchedLength(prefix, reference) !== undefined,
	);
	return fitting.sort((a, b) => b.prefix.length - a.prefix.length)[0];
}

/** Returns how many characters of the full name, with tag or digest, a prefix matches; undefined for none. */
function matchedLength(prefix: string, reference: Reference): number | undefined {
	const { tag, digest } = reference;
	const name = `${canonicalName(reference)}${tag === undefined ? `@${digest}` : `:${tag}`}`;
	if (prefix.startsWith("*.")) {
		const [host] = name.split(/[:/@]/, 1);
		return host!.endsWith(prefix.slice(1)) ? host!.length : undefined;
	}
	const ends = name.length === prefix.length || /[:/@]/.test(name[prefix.length] ?? "");
	return name.startsWith(prefix) && ends ? prefix.length : undefined;
}

/** Replaces the prefix with a location. */
function rewritten(entry: RegistryEntry, location: string, reference: Reference): Place {
	const name = canonicalName(reference);
	const length = matchedLength(entry.prefix, reference)!;
	// A prefix with a tag matches the whole image; a location with a tag would be another tag.
	const [, host, repository] = PLACE.exec(`${location}${name.slice(length)}`) ?? [];
	if (length > name.length || host === undefined || repository === undefined) {
		const reason = `${shown(location)} in place of ${shown(entry.prefix)} makes no repository of ${name}`;
		throw new RegistryError("ERR_REGISTRY_CONFIG", `${name}: read registries.conf: ${reason}`);
	}
	const registry = canonicalRegistry(host);
	return {
		host: registry,
		repository,
		isOrigin: registry === reference.registry && repository === reference.repository,
	};
}

function parseMirror(text: string): { of: string; host: string; prefix: string } {
	const match = MIRROR.exec(text);
	if (match === null || !URL.canParse(`https://${match[2]}/`)) {
		const place = shown(text.replace(/^([^=]*=)?.*@/s, "$1"));
		const hint = text.includes("@") ? "; credentials belong in --registry-config" : "";
		const message = `--mirror ${place}: parse mirror: expected registry=host[/prefix]${hint}`;
		throw new RegistryError("ERR_REGISTRY_CONFIG", message);
	}
	return { of: canonicalRegistry(match[1]!), host: match[2]!, prefix: match[3]!.slice(1) };
}
