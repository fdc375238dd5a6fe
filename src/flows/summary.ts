import type { Evidence, EvidenceDocument, SignatureEvidence } from "../container/index.js";
import { type Digest, formatPlatform } from "../image/oci/index.js";
import type { ArchLabel } from "../pantavisor/project/index.js";

/** What `--json` and tables say of a package that was made: a rendering of its evidence. */
export interface PackageSummary {
	readonly platform: string;
	/** Of the image's manifest; a root file system has none. */
	readonly digest: Digest | undefined;
	readonly rootfs: { readonly size: number; readonly sha256: string };
	readonly label: ArchLabel | undefined;
	readonly path: string | undefined;
	/** Bytes of the package. */
	readonly size: number;
	readonly sha256: string;
	/** The signatures of the image that were demanded, and are good. */
	readonly signatures: readonly NamedSignature[];
	/** What was written beside it: SBOMs and attestations. */
	readonly documents: readonly EvidenceDocument[];
}

/** A good signature, and the container whose image has it. */
export interface NamedSignature extends SignatureEvidence {
	readonly container: string;
}

/** What `--json` and tables say of a release: a package, and the checkout beside it. */
export interface ReleaseSummary {
	readonly label: ArchLabel | undefined;
	/** The pvr checkout. */
	readonly directory: string;
	readonly path: string | undefined;
	/** Bytes of the package. */
	readonly size: number;
	readonly sha256: string;
	readonly containers: readonly string[];
	/** The signatures of their images that were demanded, and are good. */
	readonly signatures: readonly NamedSignature[];
	/** What was written beside it: SBOMs and attestations. */
	readonly documents: readonly EvidenceDocument[];
}

/** Renders the evidence of a package of one container. */
export function packageSummary(evidence: Evidence): PackageSummary {
	const { platform, label, containers, documents, package: file } = evidence;
	const image = containers[0]!.images[0]!;
	const digest = image.input?.kind === "image" ? image.input.manifest.digest : undefined;
	const rootfs = { size: image.size, sha256: image.sha256 };
	const { path, bytes: size, sha256 } = file;
	const signatures = signaturesOf(evidence);
	return {
		platform: formatPlatform(platform),
		digest,
		rootfs,
		label,
		path,
		size,
		sha256,
		signatures,
		documents,
	};
}

/** Renders the evidence of a release. */
export function releaseSummary(directory: string, evidence: Evidence): ReleaseSummary {
	const { label, documents, package: file } = evidence;
	const { path, bytes: size, sha256 } = file;
	const containers = evidence.containers.map(({ name }) => name);
	return { label, directory, path, size, sha256, containers, signatures: signaturesOf(evidence), documents };
}

function signaturesOf({ containers }: Evidence): NamedSignature[] {
	return containers.flatMap(({ name, images }) =>
		images.flatMap(({ input }) =>
			input?.kind === "image" ? input.signatures.map((one) => ({ container: name, ...one })) : [],
		),
	);
}
