import * as z from "zod/mini";
import type { Choices } from "../../container/index.js";
import { explainIssue, isJsonObject, plainJson } from "../../ground/json/index.js";
import { parseAttestation } from "./envelope-reader.js";
import { AttestError } from "./errors.js";
import { BUILD_TYPES, type BuildType } from "./identifiers.js";
import type { ResourceDescriptor } from "./statement.js";
import { parseStatement, type StatementSubject } from "./statement-reader.js";

/** The parts of provenance that are needed to build a package again. */
export interface RecordedBuild {
	readonly buildType: BuildType;
	/** The requested platform: `os/arch[/variant]`. */
	readonly platform: string;
	readonly parameters: RecordedParameters;
	readonly externalParameters: unknown;
	readonly dependencies: readonly ResourceDescriptor[];
	readonly subjects: readonly StatementSubject[];
}

const parametersSchema: z.ZodMiniType<RecordedParameters> = z.object({
	engine: z.string(),
	lock: z.optional(z.string()),
	sourceDateEpoch: z.int().check(z.minimum(0), z.maximum(0xffffffff)),
	clampsTimes: z.boolean(),
	tier: z.enum(["fast", "balanced", "best"]),
	order: z.enum(["similar", "tree"]),
	alignment: z.optional(z.object({ multiple: z.int(), minimum: z.int() })),
	platformPolicy: z.enum(["compatible", "exact"]),
	allowArchMismatch: z.boolean(),
	stripQemu: z.boolean(),
	owner: z.optional(z.literal("root")),
	compat: z.optional(z.enum(["036", "037", "046"])),
	group: z.optional(z.string()),
});

/** The `internalParameters` of our provenance: what decided the bytes besides the inputs. */
export interface RecordedParameters {
	readonly engine: string;
	readonly lock?: string | undefined;
	readonly sourceDateEpoch: number;
	readonly clampsTimes: boolean;
	readonly tier: Choices["tier"];
	readonly order: Choices["order"];
	readonly alignment?: Choices["alignment"];
	readonly platformPolicy: Choices["platformPolicy"];
	readonly allowArchMismatch: boolean;
	readonly stripQemu: boolean;
	readonly owner?: Choices["owner"];
	readonly compat?: Choices["compat"];
	readonly group?: string | undefined;
}

const definitionSchema = z.object({
	buildType: z.string(),
	externalParameters: z.looseObject({ platform: z.string() }),
	internalParameters: parametersSchema,
	resolvedDependencies: z.array(
		z.object({
			name: z.optional(z.string()),
			uri: z.optional(z.string()),
			digest: z.optional(z.record(z.string(), z.string())),
			annotations: z.optional(z.record(z.string(), z.string())),
		}),
	),
});

/**
 * Parses provenance of ours to build its package again. It does not check signatures; `verify` does.
 * @param subject the file, for messages.
 * @throws AttestError ERR_ATTESTATION_FORMAT for anything else.
 */
export function parseRecordedBuild(bytes: Uint8Array, subject: string): RecordedBuild {
	const { kind, predicate, subjects } = parseStatement(parseAttestation(bytes, subject).payload, subject);
	const definition = predicate.get("buildDefinition");
	if (kind !== "provenance" || !isJsonObject(definition))
		throw refusal(subject, "expected SLSA provenance v1");
	const { data, error } = definitionSchema.safeParse(plainJson(definition), { error: explainIssue });
	if (data === undefined) {
		const [issue] = error.issues;
		throw refusal(subject, `buildDefinition.${issue!.path.join(".")}: ${issue!.message}`);
	}
	const buildType = (["export", "build"] as const).find((name) => BUILD_TYPES[name] === data.buildType);
	if (buildType === undefined) {
		throw refusal(subject, `expected a build type of pvpkg, got ${data.buildType}`);
	}
	const { externalParameters, internalParameters: parameters, resolvedDependencies: dependencies } = data;
	const { platform } = externalParameters;
	return { buildType, platform, parameters, externalParameters, dependencies, subjects };
}

function refusal(subject: string, reason: string): AttestError {
	return new AttestError("ERR_ATTESTATION_FORMAT", `${subject}: read provenance: ${reason}`);
}
