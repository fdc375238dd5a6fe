import type { EvidenceDocument, OpenedInput, Run, RunSettings } from "../container/index.js";
import type { BuildType } from "../evidence/attest/index.js";
import type { SbomFormat } from "../evidence/sbom/index.js";

/** A document that is not written yet. */
export interface RenderedDocument extends Omit<EvidenceDocument, "sha256" | "size"> {
	readonly text: string;
	/** Form of an SBOM that pvpkg makes. */
	readonly format?: SbomFormat | undefined;
}

/** The paths of the documents of a package; their names begin with the name of the package. */
export interface DocumentPlace {
	/** Returns the path of a document by the end of its name. */
	path(suffix: string): string;
	/** Returns the path of a document by its whole name. */
	named(name: string): string;
}

/** What documents are about, and what else decides their bytes. */
export interface EvidenceContext {
	readonly settings: RunSettings;
	readonly buildType: BuildType;
	/** Knows the lock that decided the images, as it was read. */
	readonly run: Run;
	/** The image of the only container: documents that its builder stored beside it come along. */
	readonly opened?: OpenedInput | undefined;
}
