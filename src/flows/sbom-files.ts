import { basename } from "node:path";
import type { Evidence, OpenedInput, RunSettings } from "../container/index.js";
import type { CarriedDocuments, SbomFormat, SbomSubject } from "../evidence/sbom/index.js";
import type { DocumentPlace, EvidenceContext, RenderedDocument } from "./evidence-document.js";
import type { SbomRequest } from "./requests.js";

/** What the names of documents end with, after the names of their packages. */
const SUFFIXES: Readonly<Record<SbomFormat, string>> = {
	"spdx-json": ".spdx.json",
	"cyclonedx-json": ".cdx.json",
};
const MEDIA_TYPES: Readonly<Record<SbomFormat, string>> = {
	"spdx-json": "application/spdx+json",
	"cyclonedx-json": "application/vnd.cyclonedx+json",
};

/** Renders the SBOMs of a package, and those that the builder of its image stored beside that. */
export async function renderSboms(
	evidence: Evidence,
	request: SbomRequest,
	{ settings, opened }: EvidenceContext,
	place: DocumentPlace,
): Promise<RenderedDocument[]> {
	const { encodeSbom } = await import("../evidence/sbom/index.js");
	const carried = await readCarried(evidence, opened, settings);
	const subject = await describePackage(evidence, request, settings, carried);
	const documents = request.formats.map((format): RenderedDocument => {
		const mediaType = MEDIA_TYPES[format];
		const text = encodeSbom(subject, format);
		return { path: place.path(SUFFIXES[format]), content: format, form: "json", mediaType, text, format };
	});
	return [...documents, ...carriedDocuments(subject, carried, place)];
}

function carriedDocuments(
	{ containers }: SbomSubject,
	carried: ReadonlyMap<string, CarriedDocuments>,
	place: DocumentPlace,
): RenderedDocument[] {
	const mediaType = MEDIA_TYPES["spdx-json"];
	return containers.flatMap(({ name, carried: references = [] }) =>
		references.map(({ fileName }, at): RenderedDocument => {
			const { text } = carried.get(name)!.documents[at]!;
			return { path: place.named(fileName), content: "buildkit-spdx-json", form: "json", mediaType, text };
		}),
	);
}

async function readCarried(
	{ containers }: Evidence,
	opened: OpenedInput | undefined,
	{ signal }: RunSettings,
): Promise<ReadonlyMap<string, CarriedDocuments>> {
	const [container] = containers;
	if (opened?.kind !== "image" || container === undefined) return new Map();
	const { readBuildKitDocuments } = await import("../evidence/sbom/index.js");
	return new Map([[container.name, await readBuildKitDocuments(opened.source, opened.image, signal)]]);
}

async function describePackage(
	evidence: Evidence,
	{ tool }: SbomRequest,
	{ time, maximumTime, onWarning }: RunSettings,
	carried: ReadonlyMap<string, CarriedDocuments>,
): Promise<SbomSubject> {
	const { packageSubject } = await import("../evidence/sbom/index.js");
	const created = maximumTime === undefined ? undefined : time;
	const name = basename(evidence.package.path ?? "");
	const subject = packageSubject(evidence, { name, tool, created }, carried);
	for (const { name, catalogue } of subject.containers) {
		for (const note of catalogue.incomplete) onWarning?.(`${name}: SBOM: ${note.path}: ${note.reason}`);
	}
	return subject;
}
