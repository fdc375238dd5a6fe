import { isJsonObject, type JsonObject, type JsonValue, parseJson } from "../../ground/json/index.js";
import { PROPERTIES } from "./cyclonedx.js";
import { SbomError } from "./errors.js";
import type { SbomFormat } from "./formats.js";
import { identityOfNamespace, serialNumber } from "./identifiers.js";
import { compareListed, type ListedComponent } from "./listing.js";
import { parsePurl } from "./purl.js";

/** What a document says, as far as comparing and checking need it. */
export interface SbomFacts {
	readonly format: SbomFormat;
	/** SHA-256 of what the document is about; absent in documents of other programs. */
	readonly identity: string | undefined;
	/** Lower-case hex SHA-256 of image files by their paths in the package. */
	readonly images: ReadonlyMap<string, string>;
	/** What has a package URL, by type, name and version. */
	readonly components: readonly ListedComponent[];
	/** What the document says that it leaves out. */
	readonly incomplete: readonly string[];
}

/** Bytes of a document that is read: one of 200,000 components has a tenth of it. */
const DOCUMENT_LIMIT = 1 << 29;
/** Components inside components. */
const DEPTH_LIMIT = 64;

/**
 * Reads an SPDX 2 or CycloneDX document in JSON, of any program.
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
		if (text(document, "spdxVersion").startsWith("SPDX-2")) return readSpdx(document);
		if (text(document, "bomFormat") === "CycloneDX") return readCycloneDx(document);
	}
	throw new SbomError("ERR_SBOM_FORMAT", `${subject}: read SBOM: expected SPDX 2 or CycloneDX in JSON`);
}

function readSpdx(document: JsonObject): SbomFacts {
	const packages = objects(document, "packages");
	const images = packages.flatMap((one): [string, string][] => {
		const sums = objects(one, "checksums").filter((sum) => text(sum, "algorithm") === "SHA256");
		const path = text(one, "packageFileName");
		return path === "" ? [] : sums.map((sum) => [path, text(sum, "checksumValue")]);
	});
	const comments = packages.flatMap((one) =>
		objects(one, "annotations").map((note) => text(note, "comment")),
	);
	return {
		format: "spdx-json",
		identity: identityOfNamespace(text(document, "documentNamespace")),
		images: new Map(images),
		components: packages.flatMap(spdxComponent).sort(compareListed),
		incomplete: comments.flatMap((comment) => after(comment, "incomplete: ")),
	};
}

function spdxComponent(one: JsonObject): ListedComponent[] {
	const references = objects(one, "externalRefs");
	const purl = references.find((reference) => text(reference, "referenceType") === "purl");
	const identity = parsePurl(purl === undefined ? "" : text(purl, "referenceLocator"));
	const licence = text(one, "licenseDeclared");
	const [path] = after(text(one, "sourceInfo"), "from ");
	return identity === undefined ? [] : [{ ...identity, licence: licence || undefined, path }];
}

function readCycloneDx(document: JsonObject): SbomFacts {
	const metadata = member(document, "metadata");
	const root = metadata && member(metadata, "component");
	const all = [...(root ? [root] : []), ...nested(document, 0)];
	const properties = all.flatMap(propertiesOf);
	const [identity] = (metadata ? propertiesOf(metadata) : []).flatMap(([name, value]) =>
		name === PROPERTIES.identity && text(document, "serialNumber") === serialNumber(value) ? [value] : [],
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
	return objects(parent, "components").flatMap((one) => [one, ...nested(one, depth + 1)]);
}

function cycloneDxComponent(one: JsonObject): ListedComponent[] {
	const identity = parsePurl(text(one, "purl"));
	const [choice] = objects(one, "licenses");
	const licence = choice && member(choice, "license");
	const name =
		choice && (text(choice, "expression") || (licence && (text(licence, "id") || text(licence, "name"))));
	const path = propertiesOf(one).find(([property]) => property === PROPERTIES.path)?.[1];
	return identity === undefined ? [] : [{ ...identity, licence: name || undefined, path }];
}

function propertiesOf(one: JsonObject): [string, string][] {
	return objects(one, "properties").map((property) => [text(property, "name"), text(property, "value")]);
}

function after(value: string, prefix: string): string[] {
	return value.startsWith(prefix) ? [value.slice(prefix.length)] : [];
}

function text(object: JsonObject, name: string): string {
	const value = object.get(name);
	return typeof value === "string" ? value : "";
}

function member(object: JsonObject, name: string): JsonObject | undefined {
	const value: JsonValue | undefined = object.get(name);
	return isJsonObject(value) ? value : undefined;
}

function objects(object: JsonObject, name: string): JsonObject[] {
	const value = object.get(name);
	return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
