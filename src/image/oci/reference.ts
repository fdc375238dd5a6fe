import { displayByteString, utf8ByteString } from "../../ground/bytes/index.js";
import { parseDigest } from "./digest.js";
import { OciError } from "./errors.js";
import type { Reference } from "./nouns.js";

/** Address of Docker Hub's registry, which has several names. */
export const DOCKER_HUB = "registry-1.docker.io";
const DOCKER_HUB_NAMES = new Set(["docker.io", "index.docker.io", "registry.hub.docker.com", DOCKER_HUB]);

const HOST = /^(?:\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?)(?::(\d{1,5}))?$/;
const COMPONENT = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const MAX_REPOSITORY_LENGTH = 255;
/** Text before an `@` without a digest may be a user and a password, and is never shown. */
const USER = /^.*@(?!sha\d*:)/is;

/**
 * Parses a reference by the grammar of distribution/reference: `[HOST[:PORT]/]PATH[:TAG][@DIGEST]`.
 * @throws OciError ERR_REFERENCE, or ERR_DIGEST for a malformed digest.
 */
export function parseReference(text: string): Reference {
	const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0];
	if (scheme !== undefined) throw referenceError(text, `expected an image name, got an address (${scheme})`);
	const at = text.lastIndexOf("@");
	const [named, digestText] = at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
	if (digestText?.includes("/")) throw referenceError(text, "expected no user, only a digest has an @");
	const digest = digestText === undefined ? undefined : parseDigest(digestText, shown(text));
	const { name, tag } = splitTag(named);
	if (tag !== undefined && !TAG.test(tag)) throw referenceError(text, `"${shown(tag)}" is not a tag`);
	const { host, path } = splitHost(name);
	checkHost(host, text);
	const registry = canonicalRegistry(host ?? DOCKER_HUB);
	const repository = registry === DOCKER_HUB && !path.includes("/") ? `library/${path}` : path;
	checkPath(path, repository, text);
	const effectiveTag = tag ?? (digest === undefined ? "latest" : undefined);
	return { registry, repository, tag: effectiveTag, digest, familiarName: name };
}

/** Returns the host of a registry as in a reference: in lower case, Docker Hub by its one address. */
export function canonicalRegistry(host: string): string {
	const lower = host.toLowerCase();
	return DOCKER_HUB_NAMES.has(lower) ? DOCKER_HUB : lower;
}

/**
 * Returns the full name of a repository as in configuration files of container tools: `docker.io/library/alpine`,
 * `registry.example:5000/team/app`.
 */
export function canonicalName({ registry, repository }: Reference): string {
	return `${registry === DOCKER_HUB ? "docker.io" : registry}/${repository}`;
}

/** Returns the reference as a user would type it, with tag and digest, for messages. */
export function formatReference(reference: Reference): string {
	const tag = reference.tag === undefined ? "" : `:${reference.tag}`;
	const digest = reference.digest === undefined ? "" : `@${reference.digest}`;
	return `${reference.familiarName}${tag}${digest}`;
}

/** Splits off the tag. A colon before the last slash belongs to a port or an IPv6 address. */
function splitTag(named: string): { name: string; tag: string | undefined } {
	const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
	if (colon < 0) return { name: named, tag: undefined };
	return { name: named.slice(0, colon), tag: named.slice(colon + 1) };
}

/** Splits off the host. The first part is one if it cannot be a path component, or is `localhost`. */
function splitHost(name: string): { host: string | undefined; path: string } {
	const slash = name.indexOf("/");
	const first = name.slice(0, Math.max(slash, 0));
	const isHost = /[.:[A-Z]/.test(first) || first === "localhost";
	return isHost ? { host: first, path: name.slice(slash + 1) } : { host: undefined, path: name };
}

function checkHost(host: string | undefined, text: string): void {
	if (host === undefined) return;
	const port = HOST.exec(host);
	if (port === null || Number(port[1] ?? 1) > 65535 || Number(port[1] ?? 1) === 0) {
		throw referenceError(text, `"${shown(host)}" is not a host`);
	}
	if (host.startsWith("[") && !URL.canParse(`https://${host}/`)) {
		throw referenceError(text, `"${shown(host)}" is not an IPv6 address`);
	}
}

function checkPath(path: string, repository: string, text: string): void {
	const bad = path.split("/").find((component) => !COMPONENT.test(component));
	if (bad !== undefined) {
		const hint = /[A-Z]/.test(bad) ? " (repository names are lower-case)" : "";
		throw referenceError(text, `"${shown(bad)}" is not part of a repository name${hint}`);
	}
	if (/^[0-9a-f]{64}$/.test(path)) throw referenceError(text, "64 hex digits are an image id, not a name");
	if (repository.length > MAX_REPOSITORY_LENGTH) {
		throw referenceError(text, `the name is too long, expected at most ${MAX_REPOSITORY_LENGTH} characters`);
	}
}

function referenceError(text: string, reason: string): OciError {
	return new OciError("ERR_REFERENCE", `${shown(text)}: parse image reference: ${reason}`);
}

function shown(text: string): string {
	return displayByteString(utf8ByteString(text.replace(USER, "…@").slice(0, 300)));
}
