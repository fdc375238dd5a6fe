import {
	isJsonObject,
	JsonNumber,
	type JsonObject,
	type JsonValue,
	jsonObject,
} from "../../ground/json/index.js";
import type { Catalogue, Component, ComponentType, OperatingSystem } from "./catalogue.js";
import { CatalogueFault } from "./errors.js";

const TYPES: ReadonlySet<string> = new Set<ComponentType>([
	"apk",
	"cargo",
	"deb",
	"golang",
	"npm",
	"opkg",
	"pypi",
	"rpm",
]);

/** Returns a catalogue as a JSON value, which is stored with a made image. */
export function catalogueValue({ system, components, incomplete, newest }: Catalogue): JsonObject {
	return jsonObject({
		system: system && jsonObject({ ...system }),
		components: components.map(({ qualifiers, requires, ...component }) =>
			jsonObject({
				...component,
				qualifiers: Object.keys(qualifiers).length === 0 ? undefined : qualifiers,
				requires: requires.length === 0 ? undefined : requires,
			}),
		),
		incomplete: incomplete.map((note) => jsonObject({ ...note })),
		newest,
	});
}

/**
 * Parses the value of a catalogue. It may come from a cache to which others write.
 * @throws CatalogueFault if it is not a catalogue.
 */
export function parseCatalogueValue(value: JsonValue | undefined): Catalogue {
	const catalogue = expectObject(value);
	const listed = expectList(catalogue.get("components"));
	const system = catalogue.get("system");
	return {
		system: system === undefined ? undefined : parseSystem(expectObject(system)),
		components: listed.map((component) => parseComponent(expectObject(component), listed.length)),
		incomplete: expectList(catalogue.get("incomplete")).map((note) => ({
			path: expectText(expectObject(note), "path"),
			reason: expectText(expectObject(note), "reason"),
		})),
		newest: catalogue.has("newest") ? expectIndex(catalogue.get("newest")!, 2 ** 32) : undefined,
	};
}

function parseSystem(value: JsonObject): OperatingSystem {
	return {
		id: expectText(value, "id"),
		version: expectText(value, "version"),
		prettyName: optionalText(value, "prettyName"),
		cpe: optionalText(value, "cpe"),
		path: expectText(value, "path"),
	};
}

function parseComponent(value: JsonObject, count: number): Component {
	const type = expectText(value, "type");
	if (!TYPES.has(type)) throw new CatalogueFault(`expected a known type of component, got ${type}`);
	const qualifiers = [...(value.has("qualifiers") ? expectObject(value.get("qualifiers")) : [])];
	const owner = value.get("owner");
	return {
		type: type as ComponentType,
		namespace: expectText(value, "namespace"),
		name: expectText(value, "name"),
		version: expectText(value, "version"),
		qualifiers: Object.fromEntries(qualifiers.map(([name, text]) => [name, asText(text)])),
		path: expectText(value, "path"),
		licence: optionalText(value, "licence"),
		cpe: optionalText(value, "cpe"),
		owner: owner === undefined ? undefined : expectIndex(owner, count),
		requires: value.has("requires")
			? expectList(value.get("requires")).map((index) => expectIndex(index, count))
			: [],
	};
}

function expectObject(value: JsonValue | undefined): JsonObject {
	if (isJsonObject(value)) return value;
	throw new CatalogueFault("expected an object");
}

function expectList(value: JsonValue | undefined): JsonValue[] {
	if (Array.isArray(value)) return value;
	throw new CatalogueFault("expected a list");
}

function expectText(object: JsonObject, name: string): string {
	return asText(object.get(name));
}

function optionalText(object: JsonObject, name: string): string | undefined {
	return object.has(name) ? expectText(object, name) : undefined;
}

function asText(value: JsonValue | undefined): string {
	if (typeof value === "string") return value;
	throw new CatalogueFault("expected a string");
}

function expectIndex(value: JsonValue, count: number): number {
	const index = value instanceof JsonNumber ? Number(value.literal) : -1;
	if (Number.isInteger(index) && index >= 0 && index < count) return index;
	throw new CatalogueFault(`expected a number below ${count}`);
}
