import { basename, dirname, join, resolve } from "node:path";
import { BuildError, type Evidence, type EvidenceDocument } from "../container/index.js";
import { sha256Hex } from "../ground/bytes/index.js";
import { checkOutputDirectory, PendingFile } from "../ground/files/index.js";
import { renderAttestations } from "./attestation-files.js";
import type { DocumentPlace, EvidenceContext, RenderedDocument } from "./evidence-document.js";
import type { ProvenanceRequest, SbomRequest } from "./requests.js";
import { renderSboms } from "./sbom-files.js";

/** Which documents are made of a package, and where they are written. */
export interface EvidenceRequest {
	readonly sbom?: SbomRequest | undefined;
	readonly provenance?: ProvenanceRequest | undefined;
}

/**
 * Writes the documents of a package beside their places. Until they are committed they have no names.
 * @returns the evidence with these documents, and their files.
 */
export async function writeEvidenceFiles(
	evidence: Evidence,
	{ sbom, provenance }: EvidenceRequest,
	context: EvidenceContext,
): Promise<{ readonly evidence: Evidence; readonly files: readonly PendingFile[] }> {
	const { path = "" } = evidence.package;
	const sboms = sbom === undefined ? [] : await renderSboms(evidence, sbom, context, placeOf(path, sbom));
	const listed = { ...evidence, documents: sboms.map(digestOf) };
	const attestations =
		provenance === undefined
			? []
			: await renderAttestations(listed, provenance, { ...context, sboms, place: placeOf(path, provenance) });
	const all = [...sboms, ...attestations];
	return { evidence: { ...evidence, documents: all.map(digestOf) }, files: writeAll(all) };
}

function placeOf(
	path: string,
	{ directory = dirname(path) }: { readonly directory?: string | undefined },
): DocumentPlace {
	const named = (name: string): string => join(directory, name);
	return { named, path: (suffix: string) => named(basename(path) + suffix) };
}

function digestOf({ text, format: _, ...document }: RenderedDocument): EvidenceDocument {
	return { ...document, sha256: sha256Hex(text), size: Buffer.byteLength(text) };
}

function writeAll(documents: readonly RenderedDocument[]): PendingFile[] {
	const files: PendingFile[] = [];
	try {
		for (const { path, text } of documents) {
			const file = PendingFile.create(path);
			files.push(file);
			file.write(Buffer.from(text, "utf8"), 0);
		}
		return files;
	} catch (error) {
		for (const file of files) file.discard();
		throw error;
	}
}

/**
 * Checks that documents could be written, before the work that they are about.
 * @throws BuildError ERR_BUILD_REQUEST where two packages would have documents of one name; BytesError
 */
export function checkEvidencePaths(paths: readonly string[], { sbom, provenance }: EvidenceRequest): void {
	for (const directory of new Set([sbom?.directory, provenance?.directory])) {
		if (directory !== undefined) checkDirectory(paths, directory);
	}
}

function checkDirectory(paths: readonly string[], directory: string): void {
	checkOutputDirectory(directory);
	const names = paths.map((path) => resolve(directory, basename(path)));
	const second = names.findIndex((name, at) => names.indexOf(name) !== at);
	if (second < 0) return;
	const first = paths[names.indexOf(names[second]!)];
	const reason = `expected names that differ, got ${basename(paths[second]!)} for ${first} and ${paths[second]}`;
	throw new BuildError("ERR_BUILD_REQUEST", `${directory}: write documents: ${reason}`);
}
