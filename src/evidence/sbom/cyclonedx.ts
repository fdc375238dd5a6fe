import type { OperatingSystem } from "../catalogue/index.js";
import { encodeDocument } from "./document-text.js";
import { cpeForm, documentTime, serialNumber } from "./identifiers.js";
import { type Entry, listEntries } from "./inventory.js";
import type { SbomContainer, SbomSubject } from "./subject.js";

/** Names of properties for facts that CycloneDX has no member for. */
export const PROPERTIES = {
	identity: "pvpkg:identity",
	image: "pvpkg:image:",
	incomplete: "pvpkg:incomplete",
	path: "pvpkg:path",
} as const;

/** Encodes a CycloneDX 1.6 document (https://cyclonedx.org/docs/1.6/json/). Equal subjects give equal bytes. */
export function encodeCycloneDx(subject: SbomSubject): string {
	const containers = [...listEntries(subject)];
	const [single, ...others] = containers;
	const isSingle = single !== undefined && others.length === 0;
	const root = isSingle ? containerComponent(single[0]) : packageComponent(subject);
	const document = {
		$schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
		bomFormat: "CycloneDX",
		specVersion: "1.6",
		serialNumber: serialNumber(subject.identity),
		version: 1,
		metadata: {
			timestamp: documentTime(subject.created),
			tools: { components: [{ type: "application", ...subject.tool }] },
			component: root,
			properties: [property(PROPERTIES.identity, subject.identity)],
		},
		components: isSingle
			? innerComponents(...single)
			: containers.map(([container, entries]) => ({
					...containerComponent(container),
					components: innerComponents(container, entries),
				})),
		dependencies: [
			...(isSingle
				? []
				: [
						dependency(
							root["bom-ref"],
							containers.map(([one]) => containerReference(one)),
						),
					]),
			...containers.flatMap(([container, entries]) => containerDependencies(container, entries)),
		],
		...compositions(containers.map(([container]) => container)),
	};
	return encodeDocument(document);
}

function packageComponent({ name }: SbomSubject) {
	return { type: "firmware", "bom-ref": `package:${name}`, name };
}

function containerReference({ name }: SbomContainer): string {
	return `container:${name}`;
}

function containerComponent(container: SbomContainer) {
	const { name, version, images, catalogue } = container;
	const properties = [
		...images.map(({ path, sha256 }) => property(`${PROPERTIES.image}${path}`, sha256)),
		...catalogue.incomplete.map(({ path, reason }) => property(PROPERTIES.incomplete, `${path}: ${reason}`)),
	];
	const image = images[0];
	return {
		type: "container",
		"bom-ref": containerReference(container),
		name,
		...(version !== undefined && { version }),
		...(image !== undefined && { hashes: [{ alg: "SHA-256", content: image.sha256 }] }),
		...externalReferences(container),
		...(properties.length > 0 && { properties }),
	};
}

/** Returns references to documents by the builder of the image. */
function externalReferences({ carried = [] }: SbomContainer) {
	const references = carried.map(({ fileName, sha256 }) => ({
		url: encodeURI(fileName),
		type: "bom",
		hashes: [{ alg: "SHA-256", content: sha256 }],
	}));
	return references.length > 0 && { externalReferences: references };
}

function innerComponents(container: SbomContainer, entries: readonly Entry[]) {
	const { system } = container.catalogue;
	return [
		...(system ? [systemComponent(system, container)] : []),
		...entries.filter(({ isOwned }) => !isOwned).map(entryComponent),
	];
}

function systemComponent({ id, version, prettyName, cpe, path }: OperatingSystem, container: SbomContainer) {
	return {
		type: "operating-system",
		"bom-ref": `system:${container.name}:${id}`,
		name: id,
		...(version !== "" && { version }),
		...(prettyName && { description: prettyName }),
		...cpeMember(cpe),
		properties: [property(PROPERTIES.path, path)],
	};
}

function entryComponent({ component, purl, reference, expression, owned }: Entry): object {
	const { type, namespace, name, version, licence, cpe, path } = component;
	const hasGroup = namespace !== "" && (type === "npm" || type === "golang");
	return {
		type: "library",
		"bom-ref": reference,
		...(hasGroup && { group: namespace }),
		name,
		...(version !== "" && { version }),
		...(licence !== undefined && { licenses: [licenceChoice(licence, expression)] }),
		...cpeMember(cpe),
		...(purl !== undefined && { purl }),
		...(owned.length > 0 && { components: owned.map(entryComponent) }),
		properties: [property(PROPERTIES.path, path)],
	};
}

function licenceChoice(declared: string, expression: string | undefined) {
	if (expression !== undefined) return { expression, acknowledgement: "declared" };
	return { license: { name: declared, acknowledgement: "declared" } };
}

function cpeMember(cpe: string | undefined) {
	return cpe !== undefined && cpeForm(cpe) !== undefined && { cpe };
}

function containerDependencies(container: SbomContainer, entries: readonly Entry[]) {
	const outer = entries.filter(({ isOwned }) => !isOwned).map(({ reference }) => reference);
	const related = entries.filter(({ requires }) => requires.length > 0);
	return [
		dependency(containerReference(container), outer),
		...related.map(({ reference, requires }) =>
			dependency(
				reference,
				requires.map((other) => other.reference),
			),
		),
	];
}

function dependency(ref: string, dependsOn: readonly string[]) {
	return { ref, ...(dependsOn.length > 0 && { dependsOn: [...dependsOn].sort() }) };
}

/** Returns the containers whose list of components is incomplete, because something was not read. */
function compositions(containers: readonly SbomContainer[]) {
	const incomplete = containers.filter(({ catalogue }) => catalogue.incomplete.length > 0);
	const assemblies = incomplete.map(containerReference);
	return incomplete.length > 0 && { compositions: [{ aggregate: "incomplete", assemblies }] };
}

function property(name: string, value: string) {
	return { name, value };
}
