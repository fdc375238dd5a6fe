import { parse, TomlError } from "smol-toml";
import * as z from "zod/mini";
import { explainIssue } from "../../ground/json/index.js";
import { RegistryError } from "./errors.js";

/** One `[[registry]]` of containers-registries.conf(5), version 2. */
export interface RegistryEntry {
	/** Start of names that match: a host, namespace, repository or image, or `*.DOMAIN`. */
	readonly prefix: string;
	/** Replacement for the prefix; empty: it stays. */
	readonly location: string;
	readonly blocked: boolean;
	readonly insecure: boolean;
	readonly mirrors: readonly MirrorEntry[];
}

export interface MirrorEntry {
	readonly location: string;
	readonly insecure: boolean;
	/** References for which it is asked. */
	readonly pulls: "all" | "digest-only" | "tag-only";
}

/** The content of one file, or of several together. */
export interface RegistriesConf {
	/** Entries by prefix. */
	readonly registries: ReadonlyMap<string, RegistryEntry>;
	/** Full names by their short names. */
	readonly aliases: ReadonlyMap<string, string>;
}

const MAXIMUM_SIZE = 1 << 20;

const text = z.optional(z.string());
const flag = z.optional(z.boolean());
const mirrorSchema = z.object({ location: text, insecure: flag, "pull-from-mirror": text });
const registrySchema = z.object({
	...{ prefix: text, location: text, blocked: flag, insecure: flag, "pull-from-mirror": text },
	"mirror-by-digest-only": flag,
	mirror: z.optional(z.array(mirrorSchema)),
});
const fileSchema = z.object({
	registry: z.optional(z.array(registrySchema)),
	aliases: z.optional(z.record(z.string(), z.string())),
	registries: z.optional(z.unknown()),
});

/**
 * Parses one file, ignoring settings that only short names and other programs need.
 * @throws RegistryError ERR_REGISTRY_CONFIG naming the line or the member.
 */
export function parseRegistriesConf(bytes: Uint8Array, path: string): RegistriesConf {
	const { registry = [], aliases = {}, registries } = readDocument(bytes, path);
	if (registries !== undefined) {
		throw refused(path, "[registries] is version 1 of the format, expected [[registry]] (version 2)");
	}
	const entries = registry.map((each, at) => registryEntry(each, `${path}: registry[${at}]`));
	checkAgreement(entries, path);
	return {
		// The first of two entries with one prefix counts, as for podman.
		registries: new Map(entries.toReversed().map((entry) => [entry.prefix, entry])),
		aliases: new Map(Object.entries(aliases)),
	};
}

/** Merges a later file into an earlier one: an entry replaces the whole entry of the same prefix. */
export function mergeRegistriesConf(first: RegistriesConf, second: RegistriesConf): RegistriesConf {
	return {
		registries: new Map([...first.registries, ...second.registries]),
		aliases: new Map([...first.aliases, ...second.aliases]),
	};
}

/** Refuses entries of one place that contradict each other, as one would allow what the other blocks. */
function checkAgreement(entries: readonly RegistryEntry[], path: string): void {
	const first = new Map<string, RegistryEntry>();
	for (const entry of entries) {
		for (const place of new Set([`prefix ${entry.prefix}`, `location ${entry.location || entry.prefix}`])) {
			const other = first.get(place) ?? entry;
			first.set(place, other);
			const member = (["blocked", "insecure"] as const).find((name) => other[name] !== entry[name]);
			if (member === undefined) continue;
			throw refused(path, `two entries of the ${place} differ in "${member}", expected the same in both`);
		}
	}
}

function readDocument(bytes: Uint8Array, path: string): z.infer<typeof fileSchema> {
	if (bytes.length > MAXIMUM_SIZE) throw refused(path, `expected at most ${MAXIMUM_SIZE} bytes`);
	let document: unknown;
	try {
		document = parse(Buffer.from(bytes).toString("utf8"));
	} catch (cause) {
		if (!(cause instanceof TomlError)) throw cause;
		throw refused(path, `line ${cause.line}, column ${cause.column}: is not TOML`, cause);
	}
	const result = fileSchema.safeParse(document, { error: explainIssue });
	if (result.success) return result.data;
	const [issue] = result.error.issues;
	throw refused(path, `${issue!.path.join(".")}: ${issue!.message}`);
}

function registryEntry(entry: z.infer<typeof registrySchema>, subject: string): RegistryEntry {
	const { blocked = false, insecure = false, mirror = [] } = entry;
	const location = place(entry.location ?? "", subject);
	const prefix = place(entry.prefix ?? "", subject) || location;
	if (prefix === "") throw refused(subject, "expected a prefix or a location");
	if (entry["pull-from-mirror"] !== undefined) throw refused(subject, "pull-from-mirror belongs to a mirror");
	if (/\*/.test(prefix.replace(/^\*\./, ""))) throw refused(subject, "expected * in front of a domain only");
	const byDigest = entry["mirror-by-digest-only"] ?? false;
	const mirrors = mirror.map((each, at) => mirrorEntry(each, byDigest, `${subject}: mirror[${at}]`));
	return { prefix, location, blocked, insecure, mirrors };
}

function mirrorEntry(
	{ location = "", insecure = false, "pull-from-mirror": pulls }: z.infer<typeof mirrorSchema>,
	byDigest: boolean,
	subject: string,
): MirrorEntry {
	const known = (["all", "digest-only", "tag-only"] as const).find((value) => value === (pulls ?? "all"));
	if (known === undefined) throw refused(subject, "pull-from-mirror: expected all, digest-only or tag-only");
	if (pulls !== undefined && byDigest) {
		throw refused(subject, "expected one of pull-from-mirror and mirror-by-digest-only, got both");
	}
	const at = place(location, subject);
	if (at === "") throw refused(subject, "expected a location");
	return { location: at, insecure, pulls: byDigest ? "digest-only" : known };
}

function place(value: string, subject: string): string {
	if (/^https?:\/\//i.test(value))
		throw refused(subject, "location: expected a host without http:// or https://");
	return value.replace(/\/+$/, "");
}

function refused(subject: string, reason: string, cause?: unknown): RegistryError {
	return new RegistryError("ERR_REGISTRY_CONFIG", `${subject}: read registries.conf: ${reason}`, { cause });
}
