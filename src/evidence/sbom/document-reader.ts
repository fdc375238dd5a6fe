import { isJsonObject, type JsonObject, parseJson } from "../../ground/json/index.js";
import { PROPERTIES } from "./cyclonedx.js";
import { SbomError } from "./errors.js";
import type { SbomFormat } from "./formats.js";
import { identityOfNamespace, serialNumber } from "./identifiers.js";
import { objectOf, objectsOf, textOf } from "./json-members.js";
import { compareListed, type ListedComponent } from "./listing.js";
import { parsePurl } from "./purl.js";

/** The parts of a document that are compared and checked. */
export interface SbomFacts {
	readonly format: SbomFormat;
	/** SHA-256 of the subject of the document; absent in documents of other programs. */
	readonly identity: string | undefined;
	/** Lower-case hex SHA-256 of image files, by their paths in the package. */
	readonly images: ReadonlyMap<string, string>;
	/** Everything with a package URL, by type, name and version. */
	readonly components: readonly ListedComponent[];
	/** Contents that the document states to be missing from it. */
	readonly incomplete: readonly string[];
}

/** Most bytes of a document. One of 200,000 components has a tenth of that. */
const DOCUMENT_LIMIT = 1 << 29;
/** Most levels of components inside components. */
const DEPTH_LIMIT = 64;

/**
 * Parses an SPDX 2 or CycloneDX document in JSON, by any program.
 * @param subject the file, for messages.
 * @throws SbomError, JsonError
 */
export function parseSbom(bytes: Uint8Array, subject: string): SbomFacts {
	if (bytes.length > DOCUMENT_LIMIT) {
		const reason = `expected at most ${DOCUMENT_LIMIT} bytes, got ${bytes.length}`;
		throw new SbomError("ERR_SBOM_FORMAT", `${subject}: read SBOM: ${reason}`);
	}
	const document = parseJson(bytes, subject);
	if (isJsonObject(document)) {
		if (textOf(document, "spdxVersion").startsWith("SPDX-2")) return readSpdx(document);
		if (textOf(document, "bomFormat") === "CycloneDX") return readCycloneDx(document);
	}
	throw new SbomError("ERR_SBOM_FORMAT", `${subject}: read SBOM: expected SPDX 2 or CycloneDX in JSON`);
}

function readSpdx(document: JsonObject): SbomFacts {
	const packages = objectsOf(document, "packages");
	const images = packages.flatMap((one): [string, string][] => {
		const sums = objectsOf(one, "checksums").filter((sum) => textOf(sum, "algorithm") === "SHA256");
		const path = textOf(one, "packageFileName");
		return path === "" ? [] : sums.map((sum) => [path, textOf(sum, "checksumValue")]);
	});
	const comments = packages.flatMap((one) =>
		objectsOf(one, "annotations").map((note) => textOf(note, "comment")),
	);
	return {
		format: "spdx-json",
		identity: identityOfNamespace(textOf(document, "documentNamespace")),
		images: new Map(images),
		components: packages.flatMap(spdxComponent).sort(compareListed),
		incomplete: comments.flatMap((comment) => after(comment, "incomplete: ")),
	};
}

function spdxComponent(one: JsonObject): ListedComponent[] {
	const references = objectsOf(one, "externalRefs");
	const purl = references.find((reference) => textOf(reference, "referenceType") === "purl");
	const identity = parsePurl(purl === undefined ? "" : textOf(purl, "referenceLocator"));
	const licence = textOf(one, "licenseDeclared");
	const [path] = after(textOf(one, "sourceInfo"), "from ");
	return identity === undefined ? [] : [{ ...identity, licence: licence || undefined, path }];
}

function readCycloneDx(document: JsonObject): SbomFacts {
	const metadata = objectOf(document, "metadata");
	const root = metadata && objectOf(metadata, "component");
	const all = [...(root ? [root] : []), ...nested(document, 0)];
	const properties = all.flatMap(propertiesOf);
	const [identity] = (metadata ? propertiesOf(metadata) : []).flatMap(([name, value]) =>
		name === PROPERTIES.identity && textOf(document, "serialNumber") === serialNumber(value) ? [value] : [],
	);
	return {
		format: "cyclonedx-json",
		identity,
		images: new Map(
			properties.flatMap(([name, value]) =>
				after(name, PROPERTIES.image).map((path) => [path, value] as const),
			),
		),
		components: all.flatMap(cycloneDxComponent).sort(compareListed),
		incomplete: properties.flatMap(([name, value]) => (name === PROPERTIES.incomplete ? [value] : [])),
	};
}

function nested(parent: JsonObject, depth: number): JsonObject[] {
	if (depth > DEPTH_LIMIT) return [];
	return objectsOf(parent, "components").flatMap((one) => [one, ...nested(one, depth + 1)]);
}

function cycloneDxComponent(one: JsonObject): ListedComponent[] {
	const identity = parsePurl(textOf(one, "purl"));
	const [choice] = objectsOf(one, "licenses");
	const licence = choice && objectOf(choice, "license");
	const name =
		choice &&
		(textOf(choice, "expression") || (licence && (textOf(licence, "id") || textOf(licence, "name"))));
	const path = propertiesOf(one).find(([property]) => property === PROPERTIES.path)?.[1];
	return identity === undefined ? [] : [{ ...identity, licence: name || undefined, path }];
}

function propertiesOf(one: JsonObject): [string, string][] {
	return objectsOf(one, "properties").map((property) => [
		textOf(property, "name"),
		textOf(property, "value"),
	]);
}

function after(value: string, prefix: string): string[] {
	return value.startsWith(prefix) ? [value.slice(prefix.length)] : [];
}
