import { basename } from "node:path";
import type { Evidence, EvidenceDocument } from "../container/index.js";
import type { DocumentPlace, EvidenceContext, RenderedDocument } from "./evidence-document.js";
import type { ProvenanceRequest } from "./requests.js";

/** How files are named and typed by their form; `statement` is for signers that work elsewhere. */
export const FORMS = {
	bundle: { suffix: ".sigstore.json", mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json" },
	dsse: { suffix: ".dsse.json", mediaType: "application/vnd.dsse.envelope.v1+json" },
	statement: { suffix: ".intoto.json", mediaType: "application/vnd.in-toto+json" },
} as const;

/** What the names of statements have between the package's and the form's. */
export const STATEMENT_NAMES: Readonly<Record<string, string>> = {
	provenance: ".provenance",
	"spdx-json": ".spdx",
	"cyclonedx-json": ".cdx",
};

/** What attestations need besides the evidence. */
interface AttestationContext extends EvidenceContext {
	readonly sboms: readonly RenderedDocument[];
	readonly place: DocumentPlace;
}

/** Renders how a package came to be, and its SBOMs once more, as statements that are signed. */
export async function renderAttestations(
	evidence: Evidence,
	request: ProvenanceRequest,
	context: AttestationContext,
): Promise<RenderedDocument[]> {
	const { encodeSbomStatement } = await import("../evidence/attest/index.js");
	const { sboms } = context;
	const statements: [content: string, statement: string][] = [
		["provenance", await renderProvenance(evidence, request, context)],
		...sboms.flatMap(({ format, text }): [string, string][] =>
			format === undefined ? [] : [[format, encodeSbomStatement(evidence, format, text)]],
		),
	];
	const documents: RenderedDocument[] = [];
	// One after the other: a signer may be a device that does one thing at a time.
	for (const [content, statement] of statements) {
		documents.push(await signedDocument(content, statement, request, context.place));
	}
	return documents;
}

async function signedDocument(
	content: string,
	statement: string,
	{ signer, form }: ProvenanceRequest,
	place: DocumentPlace,
): Promise<RenderedDocument> {
	const { signStatement } = await import("../evidence/attest/index.js");
	const written = signer === undefined || form === "statement" ? undefined : { signer, form };
	const { suffix, mediaType } = FORMS[written?.form ?? "statement"];
	const path = place.path(`${STATEMENT_NAMES[content]}${suffix}`);
	const text =
		written === undefined
			? statement
			: await signStatement(Buffer.from(statement, "utf8"), written.signer, written.form);
	return { path, content, form: written?.form ?? "statement", mediaType, text };
}

async function renderProvenance(
	evidence: Evidence,
	{ builder, tool, clock }: ProvenanceRequest,
	{ run, buildType }: AttestationContext,
): Promise<string> {
	const { encodeProvenance } = await import("../evidence/attest/index.js");
	const times = clock && { started: clock.started, finished: clock.now() };
	const byproducts = evidence.documents.map(byproduct);
	return encodeProvenance(evidence, {
		buildType,
		builder,
		tool,
		lock: run.ports.resolver?.digest,
		byproducts,
		times,
	});
}

function byproduct({ path, sha256, mediaType }: EvidenceDocument) {
	return { name: basename(path), digest: { sha256 }, mediaType };
}
