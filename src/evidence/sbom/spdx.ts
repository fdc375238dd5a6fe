import type { OperatingSystem } from "../catalogue/index.js";
import { encodeDocument } from "./document-text.js";
import { cpeForm, documentTime, spdxNamespace } from "./identifiers.js";
import { type Entry, listEntries } from "./inventory.js";
import { SpdxIds } from "./spdx-ids.js";
import type { SbomContainer, SbomSubject } from "./subject.js";

const DOCUMENT_ID = "SPDXRef-DOCUMENT";

interface Relationship {
	readonly spdxElementId: string;
	readonly relationshipType: "DESCRIBES" | "DESCRIBED_BY" | "CONTAINS" | "DEPENDS_ON";
	readonly relatedSpdxElement: string;
}

/** Encodes an SPDX 2.3 document (https://spdx.github.io/spdx-spec/v2.3/). Equal subjects give equal bytes. */
export function encodeSpdx(subject: SbomSubject): string {
	const ids = new SpdxIds();
	const containers = [...listEntries(subject)].map(([container, entries]) =>
		describe(subject, container, entries, ids),
	);
	const { licences } = ids;
	const document = {
		spdxVersion: "SPDX-2.3",
		dataLicense: "CC0-1.0",
		SPDXID: DOCUMENT_ID,
		name: subject.name,
		documentNamespace: spdxNamespace(subject.identity),
		creationInfo: { created: documentTime(subject.created), creators: [toolName(subject)] },
		...externalDocuments(subject, ids),
		packages: containers.flatMap(({ packages }) => packages),
		...(licences.size > 0 && { hasExtractedLicensingInfos: extractedLicences(licences) }),
		relationships: containers.flatMap(({ relationships }) => relationships),
	};
	return encodeDocument(document);
}

/** Returns references to documents by the builders of images. */
function externalDocuments({ containers }: SbomSubject, ids: SpdxIds) {
	const carried = containers.flatMap((container) => container.carried ?? []);
	const distinct = new Map(carried.map((document) => [document.sha256, document]));
	const references = [...distinct.values()].map((document) => ({
		externalDocumentId: ids.document(document),
		spdxDocument: document.namespace,
		checksum: checksums(document.sha256)[0],
	}));
	return references.length > 0 && { externalDocumentRefs: references };
}

interface ContainerPart {
	readonly packages: readonly object[];
	readonly relationships: readonly Relationship[];
}

function describe(
	subject: SbomSubject,
	container: SbomContainer,
	entries: readonly Entry[],
	ids: SpdxIds,
): ContainerPart {
	const id = ids.next("Container", container.name, container.name);
	const system = container.catalogue.system;
	const systemId =
		system && ids.next("OperatingSystem", system.id, container.name, system.id, system.version);
	const [, ...moreImages] = container.images;
	const imageIds = moreImages.map(({ path }) => ids.next("Image", path, path));
	const entryIds = ids.ofEntries(entries);
	const contained = [...(systemId ? [systemId] : []), ...imageIds];
	return {
		packages: [
			containerPackage(subject, container, id),
			...moreImages.map((image, at) => imagePackage(image, imageIds[at]!)),
			...(system ? [systemPackage(system, systemId!)] : []),
			...entries.map((entry) => entryPackage(entry, entryIds.get(entry)!, ids)),
		],
		relationships: [
			relationship(DOCUMENT_ID, "DESCRIBES", id),
			...contained.map((other) => relationship(id, "CONTAINS", other)),
			...(container.carried ?? []).map((document) =>
				relationship(id, "DESCRIBED_BY", `${ids.document(document)}:${DOCUMENT_ID}`),
			),
			...entries.flatMap((entry) => entryRelationships(entry, id, entryIds)),
		],
	};
}

function entryRelationships(entry: Entry, id: string, ids: ReadonlyMap<Entry, string>): Relationship[] {
	const own = ids.get(entry)!;
	return [
		...(entry.isOwned ? [] : [relationship(id, "CONTAINS", own)]),
		...entry.owned.map((other) => relationship(own, "CONTAINS", ids.get(other)!)),
		...entry.requires.map((other) => relationship(own, "DEPENDS_ON", ids.get(other)!)),
	];
}

function relationship(
	spdxElementId: string,
	relationshipType: Relationship["relationshipType"],
	relatedSpdxElement: string,
): Relationship {
	return { spdxElementId, relationshipType, relatedSpdxElement };
}

const UNANALYZED = { downloadLocation: "NOASSERTION", filesAnalyzed: false } as const;

function containerPackage(
	subject: SbomSubject,
	{ name, version, images, catalogue }: SbomContainer,
	id: string,
) {
	const image = images[0];
	return {
		SPDXID: id,
		name,
		...(version !== undefined && { versionInfo: version }),
		...(image !== undefined && { packageFileName: image.path, checksums: checksums(image.sha256) }),
		...UNANALYZED,
		primaryPackagePurpose: "CONTAINER",
		...(catalogue.incomplete.length > 0 && {
			annotations: catalogue.incomplete.map(({ path, reason }) => ({
				annotationDate: documentTime(subject.created),
				annotationType: "OTHER",
				annotator: toolName(subject),
				comment: `incomplete: ${path}: ${reason}`,
			})),
		}),
	};
}

function imagePackage({ path, sha256 }: SbomContainer["images"][number], id: string) {
	return {
		SPDXID: id,
		name: path,
		packageFileName: path,
		checksums: checksums(sha256),
		...UNANALYZED,
		primaryPackagePurpose: "FILE",
	};
}

function checksums(sha256: string) {
	return [{ algorithm: "SHA256", checksumValue: sha256 }];
}

function systemPackage({ id, version, prettyName, cpe, path }: OperatingSystem, spdxId: string) {
	return {
		SPDXID: spdxId,
		name: id,
		...(version !== "" && { versionInfo: version }),
		...(prettyName && { summary: prettyName }),
		...UNANALYZED,
		sourceInfo: `from ${path}`,
		primaryPackagePurpose: "OPERATING-SYSTEM",
		...externalReferences(undefined, cpe),
	};
}

function entryPackage({ component, purl, expression }: Entry, id: string, ids: SpdxIds) {
	const { name, namespace, type, version, path, licence, cpe } = component;
	const declared = licence === undefined ? "NOASSERTION" : (expression ?? ids.licence(licence));
	const isNamespaced = namespace !== "" && (type === "npm" || type === "golang");
	return {
		SPDXID: id,
		name: isNamespaced ? `${namespace}/${name}` : name,
		...(version !== "" && { versionInfo: version }),
		...UNANALYZED,
		sourceInfo: `from ${path}`,
		licenseDeclared: declared,
		...externalReferences(purl, cpe),
	};
}

function externalReferences(purl: string | undefined, cpe: string | undefined) {
	const form = cpe === undefined ? undefined : cpeForm(cpe);
	const references = [
		...(purl === undefined
			? []
			: [{ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purl }]),
		...(form === undefined
			? []
			: [{ referenceCategory: "SECURITY", referenceType: form, referenceLocator: cpe! }]),
	];
	return references.length > 0 && { externalRefs: references };
}

function extractedLicences(licences: ReadonlyMap<string, string>) {
	return [...licences]
		.sort(([a], [b]) => (a < b ? -1 : 1))
		.map(([licenseId, text]) => ({ licenseId, extractedText: text, name: text }));
}

function toolName({ tool }: SbomSubject): string {
	return `Tool: ${tool.name}-${tool.version}`;
}
