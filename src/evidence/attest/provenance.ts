import type { Evidence } from "../../container/index.js";
import { containerDependencies } from "./dependencies.js";
import { BUILD_TYPES, type BuildType, UNATTENDED_BUILDER } from "./identifiers.js";
import { externalParameters, internalParameters } from "./parameters.js";
import { encodeStatement, packageSubjects, type ResourceDescriptor } from "./statement.js";

/** Who builds, as a CI system or the caller says it. */
export interface BuilderIdentity {
	/** An address. Absent: nobody says who. */
	readonly id?: string | undefined;
	/** Address of the job. */
	readonly invocation?: string | undefined;
	/** The commit that is built. */
	readonly source?: { readonly uri: string; readonly commit: string } | undefined;
}

/** What provenance says besides what the evidence of a package does. */
export interface ProvenanceHeader {
	readonly buildType: BuildType;
	readonly builder: BuilderIdentity;
	readonly tool: { readonly name: string; readonly version: string };
	/** SHA-256 of the lock that was used; undefined: none was. */
	readonly lock: string | undefined;
	/** Documents that lie beside the package. */
	readonly byproducts: readonly ResourceDescriptor[];
	/** Milliseconds since 1970; undefined: no times are stated, so that provenance can be made again. */
	readonly times: { readonly started: number; readonly finished: number } | undefined;
}

/** Returns how a package came to be, as an in-toto statement (https://slsa.dev/spec/v1.0/provenance). */
export function encodeProvenance(evidence: Evidence, header: ProvenanceHeader): string {
	const { builder, tool, byproducts, times } = header;
	const predicate = {
		buildDefinition: buildDefinition(evidence, header),
		runDetails: {
			builder: { id: builder.id ?? UNATTENDED_BUILDER, version: { [tool.name]: tool.version } },
			metadata: {
				invocationId: builder.invocation,
				startedOn: times && formatTime(times.started),
				finishedOn: times && formatTime(times.finished),
			},
			byproducts,
		},
	};
	return encodeStatement("provenance", packageSubjects(evidence), predicate);
}

/** What was asked for, what decided the bytes, and what they were made of. */
export interface BuildDefinition {
	readonly buildType: string;
	readonly externalParameters: object;
	readonly internalParameters: object;
	readonly resolvedDependencies: readonly ResourceDescriptor[];
}

/** Returns the part that is the same wherever and whenever the package is built of the same. */
export function buildDefinition(
	evidence: Omit<Evidence, "package" | "documents">,
	{ buildType, builder, lock }: Pick<ProvenanceHeader, "buildType" | "builder" | "lock">,
): BuildDefinition {
	const { choices, containers } = evidence;
	const { source } = builder;
	const commits = source === undefined ? [] : [{ uri: source.uri, digest: { gitCommit: source.commit } }];
	return {
		buildType: BUILD_TYPES[buildType],
		externalParameters: externalParameters(evidence),
		internalParameters: internalParameters(choices, lock),
		resolvedDependencies: [...containers.flatMap(containerDependencies), ...commits],
	};
}

/** Milliseconds since 1970 → `2024-01-01T00:00:00Z`. */
function formatTime(milliseconds: number): string {
	return new Date(milliseconds).toISOString().replace(/\.\d{3}Z$/, "Z");
}
