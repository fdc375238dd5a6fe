import { describe, expect, test } from "vitest";
import {
	checkSbom,
	compareComponents,
	encodeSbom,
	listCatalogue,
	parseSbom,
	SBOM_FORMATS,
	type SbomSubject,
} from "../../../src/evidence/sbom/index.js";
import { catalogueOf } from "../../support/catalogue-trees.js";
import {
	containerOf,
	doubleSubject,
	IDENTITY,
	mixedSubject,
	subjectOf,
} from "../../support/sbom-subjects.js";

describe.each(SBOM_FORMATS)("%s", (format) => {
	const read = (subject: SbomSubject) => parseSbom(Buffer.from(encodeSbom(subject, format)), "x.json");

	test("what was written is read: identity, images, components, what was not read", () => {
		const subject = doubleSubject();
		const facts = read(subject);
		expect(facts.format).toBe(format);
		expect(facts.identity).toBe(IDENTITY);
		expect(Object.fromEntries(facts.images)).toEqual({
			"app/root.squashfs": "ab".repeat(32),
			"app/root.ovl.squashfs": "cd".repeat(32),
			"base/root.squashfs": "ab".repeat(32),
		});
		expect(facts.incomplete).toHaveLength(2);
	});

	test("components are those of the catalogue", () => {
		const subject = mixedSubject();
		const identities = (
			list: readonly { type: string; name: string; version: string; arch: string; path?: unknown }[],
		) => list.map(({ type, name, version, arch, path }) => ({ type, name, version, arch, path }));
		expect(identities(read(subject).components)).toEqual(
			identities(listCatalogue(subject.containers[0]!.catalogue)),
		);
	});

	test("a document of its package is right; of another state or image it is not", () => {
		const subject = mixedSubject();
		const facts = read(subject);
		const images = subject.containers[0]!.images;
		const codes = (identity: string, some: typeof images) =>
			checkSbom(facts, { identity, images: some }, "x.json").map(({ code }) => code);
		expect(codes(IDENTITY, images)).toEqual([]);
		expect(codes("00".repeat(32), images)).toEqual(["SBOM_IDENTITY"]);
		expect(codes(IDENTITY, [{ ...images[0]!, sha256: "00".repeat(32) }])).toEqual(["SBOM_IMAGE"]);
		expect(codes(IDENTITY, [])).toEqual(["SBOM_IMAGE"]);
		expect(codes(IDENTITY, [...images, { path: "b/root.squashfs", sha256: "" }])).toEqual(["SBOM_IMAGE"]);
	});
});

test("a serial number that is not of the stated identity names none", () => {
	const document = JSON.parse(encodeSbom(mixedSubject(), "cyclonedx-json"));
	document.metadata.properties[0].value = "00".repeat(32);
	expect(parseSbom(Buffer.from(JSON.stringify(document)), "x.json").identity).toBeUndefined();
});

test.each(["{}", "[]", '{"bomFormat":"other"}', '{"spdxVersion":"SPDX-3.0"}', "no JSON"])(
	"%s is not a document",
	(text) => {
		expect(() => parseSbom(Buffer.from(text), "x.json")).toThrow(/^x\.json: /);
	},
);

test("comparing tells packages that came, went, and have other versions", () => {
	const list = (status: string) =>
		listCatalogue(containerOf("a", catalogueOf({ "var/lib/dpkg/status": status })).catalogue);
	const stanza = (name: string, version: string) =>
		`Package: ${name}\nVersion: ${version}\nArchitecture: all\n\n`;
	const before = list(stanza("same", "1") + stanza("old", "1") + stanza("other", "1"));
	const after = list(stanza("same", "1") + stanza("new", "1") + stanza("other", "2"));
	expect(compareComponents(before, after)).toEqual({
		added: [{ type: "deb", name: "new", before: [], after: ["1"] }],
		removed: [{ type: "deb", name: "old", before: ["1"], after: [] }],
		changed: [{ type: "deb", name: "other", before: ["1"], after: ["2"] }],
		same: 1,
	});
});

test("an empty catalogue makes a document that is read as empty", () => {
	const facts = parseSbom(
		Buffer.from(encodeSbom(subjectOf([containerOf("a", catalogueOf({}))]), "spdx-json")),
		"x",
	);
	expect(facts.components).toEqual([]);
});
