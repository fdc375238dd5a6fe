import type { Command } from "commander";
import type { ProvenanceRequest, SbomRequest, Signing } from "../internal.js";
import { UsageError } from "./errors.js";
import { inGroup } from "./option-group.js";
import { fileOption } from "./option-values.js";
import { addProvenanceOptions, type ProvenanceFlags, readProvenanceRequest } from "./provenance-options.js";
import { addSbomOptions, readSbomRequest, type SbomFlags } from "./sbom-options.js";
import type { Session } from "./session.js";

/** Flags of the documents beside packages. */
export type EvidenceFlags = SbomFlags & ProvenanceFlags;

/** Adds the options of these documents to a command that makes packages. */
export function addEvidenceOptions(command: Command): Command {
	return inGroup(command, "SBOM and provenance:", (group) =>
		addProvenanceOptions(addSbomOptions(group)).option(
			"--evidence-dir <dir>",
			"write SBOMs and provenance there instead of beside the package",
			fileOption("--evidence-dir"),
		),
	);
}

/** Returns which documents are asked for. @param signing who signs the package. */
export function readEvidenceRequest(
	session: Session,
	flags: EvidenceFlags,
	signing: Signing | undefined,
): { readonly sbom: SbomRequest | undefined; readonly provenance: ProvenanceRequest | undefined } {
	const sbom = readSbomRequest(flags);
	const provenance = readProvenanceRequest(session, flags, signing);
	if (flags.evidenceDir !== undefined && sbom === undefined && provenance === undefined) {
		throw new UsageError("--evidence-dir: expected --sbom FORMATS or --provenance with it");
	}
	return { sbom, provenance };
}
