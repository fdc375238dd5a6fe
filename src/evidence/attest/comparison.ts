import type { Evidence } from "../../container/index.js";
import { STATE_SUBJECT } from "./identifiers.js";
import { buildDefinition } from "./provenance.js";
import type { RecordedBuild } from "./recorded-build.js";
import type { ResourceDescriptor } from "./statement.js";

/** One difference between provenance and a package that was built again. */
export interface ProvenanceDifference {
	/** `output` is a subject; an `input` explains the differences that follow from it. */
	readonly kind: "input" | "output";
	/** What differs: `engine`, `web/root.squashfs: layer 2`, `state`. */
	readonly subject: string;
	/** The value in provenance, and the value of the new build. */
	readonly values: readonly [recorded: string, now: string];
}

type BuiltEvidence = Omit<Evidence, "package" | "documents">;

/**
 * Compares provenance with a package that was built again: parameters, then all inputs, then outputs. The commit
 * of the source and the file with its signatures are no part of the build, and are not compared.
 * @param lock SHA-256 of the lock that was used.
 */
export function compareProvenance(
	recorded: RecordedBuild,
	evidence: BuiltEvidence,
	lock: string | undefined,
): ProvenanceDifference[] {
	const { buildType, parameters, externalParameters, dependencies } = recorded;
	const now = buildDefinition(evidence, { buildType, builder: {}, lock });
	return [
		...compareNamed("input", plainMembers(parameters), plainMembers(now.internalParameters)),
		...compareNamed("input", plainMembers(externalParameters), plainMembers(now.externalParameters)),
		...compareNamed("input", digestsOf(dependencies), digestsOf(now.resolvedDependencies)),
		...compareNamed("output", recordedOutputs(recorded, evidence), outputsOf(evidence)),
	];
}

function compareNamed(
	kind: ProvenanceDifference["kind"],
	recorded: ReadonlyMap<string, string>,
	now: ReadonlyMap<string, string>,
): ProvenanceDifference[] {
	return [...new Set([...recorded.keys(), ...now.keys()])].flatMap((subject) => {
		const values = [recorded.get(subject) ?? "nothing", now.get(subject) ?? "nothing"] as const;
		return values[0] === values[1] ? [] : [{ kind, subject, values }];
	});
}

function plainMembers(value: unknown): Map<string, string> {
	const members = Object.entries(JSON.parse(JSON.stringify(value)) as object);
	return new Map(
		members.map(([name, member]) => [name, typeof member === "string" ? member : sortedJson(member)]),
	);
}

/** Returns JSON with sorted members, because members of an object may have any order. */
function sortedJson(value: unknown): string {
	return JSON.stringify(value, (_, inner) =>
		inner !== null && typeof inner === "object" && !Array.isArray(inner)
			? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
			: inner,
	);
}

/** Returns the digest of each dependency by its place, with a number for layers. */
function digestsOf(dependencies: readonly ResourceDescriptor[]): Map<string, string> {
	const counts = new Map<string, number>();
	return new Map(
		dependencies.flatMap(({ name, digest, annotations = {} }): [string, string][] => {
			const { container, file } = annotations;
			if (name === undefined || container === undefined) return [];
			const place = `${file === undefined ? container : `${container}/${file}`}: ${name}`;
			const number = (counts.get(place) ?? 0) + 1;
			counts.set(place, number);
			return [
				[
					name === "layer" ? `${place} ${number}` : place,
					digest?.sha256 ?? digest?.pvpkgTreeSha256 ?? "no sha256",
				],
			];
		}),
	);
}

function outputsOf({ state, objects }: BuiltEvidence): Map<string, string> {
	const images = [...objects].filter(([key]) => key.endsWith(".squashfs"));
	return new Map([
		[STATE_SUBJECT, state.unsigned],
		...images.map(([key, one]) => [key, one.sha256] as const),
	]);
}

/** Returns the subjects without the file, whose digest changes with every signature. */
function recordedOutputs({ subjects }: RecordedBuild, { objects }: BuiltEvidence): Map<string, string> {
	const known = subjects.filter(
		({ name }) => name === STATE_SUBJECT || name.includes("/") || objects.has(name),
	);
	return new Map(known.map(({ name, sha256 }) => [name, sha256]));
}
