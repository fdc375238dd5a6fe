import type { Finding } from "../../ground/findings/index.js";
import type { SbomFacts } from "./document-reader.js";
import { sbomFinding } from "./rules.js";
import type { SbomImage } from "./subject.js";

/**
 * Checks that a document is about a package: about its state without signatures, and with the digest of each of
 * its images.
 * @param subject the document's file, for findings.
 */
export function checkSbom(
	facts: SbomFacts,
	{ identity, images }: { readonly identity: string; readonly images: readonly SbomImage[] },
	subject: string,
): Finding[] {
	const findings: Finding[] = [];
	if (facts.identity !== identity) {
		const got = facts.identity ?? "a document that names none";
		findings.push(
			sbomFinding("SBOM_IDENTITY", subject, `is of another package: expected state ${identity}, got ${got}`),
		);
	}
	for (const { path, sha256 } of images) {
		const stated = facts.images.get(path);
		if (stated === sha256) continue;
		findings.push(
			sbomFinding("SBOM_IMAGE", subject, `${path}: expected sha256 ${sha256}, got ${stated ?? "none"}`),
		);
	}
	const known = new Set(images.map(({ path }) => path));
	for (const path of [...facts.images.keys()].filter((name) => !known.has(name))) {
		findings.push(sbomFinding("SBOM_IMAGE", subject, `${path}: the package has no such image`));
	}
	return findings;
}
