import type { Evidence } from "../../container/index.js";
import { containerDependencies } from "./dependencies.js";
import { BUILD_TYPES, type BuildType, UNATTENDED_BUILDER } from "./identifiers.js";
import { externalParameters, internalParameters } from "./parameters.js";
import { encodeStatement, packageSubjects, type ResourceDescriptor } from "./statement.js";

/** The builder, as a CI system or the caller names it. */
export interface BuilderIdentity {
	/** An address; undefined if nobody names the builder. */
	readonly id?: string | undefined;
	/** Address of the job. */
	readonly invocation?: string | undefined;
	/** The commit that is built. */
	readonly source?: { readonly uri: string; readonly commit: string } | undefined;
}

/** The parts of provenance that are not in the evidence of a package. */
export interface ProvenanceHeader {
	readonly buildType: BuildType;
	readonly builder: BuilderIdentity;
	readonly tool: { readonly name: string; readonly version: string };
	/** SHA-256 of the lock that was used; undefined without a lock. */
	readonly lock: string | undefined;
	/** Documents beside the package. */
	readonly byproducts: readonly ResourceDescriptor[];
	/** Milliseconds since 1970; undefined to state no times, so that provenance can be reproduced. */
	readonly times: { readonly started: number; readonly finished: number } | undefined;
}

/** Returns how a package was made, as an in-toto statement (https://slsa.dev/spec/v1.0/provenance). */
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

/** The request, the parameters that decided the bytes, and the inputs. */
export interface BuildDefinition {
	readonly buildType: string;
	readonly externalParameters: object;
	readonly internalParameters: object;
	readonly resolvedDependencies: readonly ResourceDescriptor[];
}

/** Returns the part that is always the same if the package is built from the same inputs. */
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

/** Formats milliseconds since 1970 as `2024-01-01T00:00:00Z`. */
function formatTime(milliseconds: number): string {
	return new Date(milliseconds).toISOString().replace(/\.\d{3}Z$/, "Z");
}
