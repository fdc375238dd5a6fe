import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Component } from "../../../src/evidence/catalogue/index.js";
import { encodeSbom } from "../../../src/evidence/sbom/index.js";
import { sha256Hex } from "../../../src/ground/bytes/index.js";
import { catalogueOf } from "../../support/catalogue-trees.js";
import {
	containerOf,
	doubleSubject,
	hostileSubject,
	IDENTITY,
	mixedSubject,
	subjectOf,
} from "../../support/sbom-subjects.js";

const encode = (subject: Parameters<typeof encodeSbom>[0]) => JSON.parse(encodeSbom(subject, "spdx-json"));

interface Package {
	readonly SPDXID: string;
	readonly name: string;
	readonly externalRefs?: readonly { readonly referenceLocator: string }[];
}

test("a document says what it is of, and when and by what it was made", () => {
	expect(encode(mixedSubject())).toMatchObject({
		spdxVersion: "SPDX-2.3",
		dataLicense: "CC0-1.0",
		SPDXID: "SPDXRef-DOCUMENT",
		name: "demo.amd64.tgz",
		documentNamespace: `urn:pvpkg:spdx:${IDENTITY}`,
		creationInfo: { created: "2024-01-01T00:00:00Z", creators: ["Tool: pvpkg-0.1.0"] },
	});
});

test("the container has its image's digest and what was not read", () => {
	const container = encode(mixedSubject()).packages.find(({ name }: Package) => name === "demo");
	expect(container).toMatchObject({
		versionInfo: "v1",
		packageFileName: "demo/root.squashfs",
		checksums: [{ algorithm: "SHA256", checksumValue: "ab".repeat(32) }],
		primaryPackagePurpose: "CONTAINER",
		annotations: [
			{
				annotationDate: "2024-01-01T00:00:00Z",
				annotationType: "OTHER",
				annotator: "Tool: pvpkg-0.1.0",
				comment: "incomplete: /usr/lib/sysimage/rpm/Packages.db: expected at least 32 bytes, got 7",
			},
		],
	});
});

test("packages have package URLs, sorted, copies by their paths", () => {
	const packages: Package[] = encode(mixedSubject()).packages;
	const purls = packages.flatMap(({ externalRefs = [] }) => externalRefs.map((one) => one.referenceLocator));
	expect(purls.filter((purl) => purl.startsWith("pkg:"))).toEqual([
		"pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12&upstream=glibc",
		"pkg:deb/debian/python3-foo@1:1.0%2Bdfsg-2?arch=all&distro=debian-12",
		"pkg:npm/%40s/b@1.0.0",
		"pkg:npm/a@1.0.0",
		"pkg:npm/a@1.0.0",
		"pkg:opkg/busybox@1.36?arch=mips",
		"pkg:pypi/foo@1.0",
	]);
	expect(new Set(packages.map(({ SPDXID }) => SPDXID)).size).toBe(packages.length);
});

test("a licence is an expression where it is one, else a reference with its text", () => {
	const { packages, hasExtractedLicensingInfos } = encode(mixedSubject());
	const declared = (name: string) =>
		packages
			.filter((one: Package) => one.name === name)
			.map((one: { licenseDeclared: string }) => one.licenseDeclared);
	expect(declared("a")).toEqual(["MIT OR Apache-2.0", "NOASSERTION"]);
	expect(declared("libc6")).toEqual([expect.stringMatching(/^LicenseRef-LGPL-2--[0-9a-f]{12}$/)]);
	expect(hasExtractedLicensingInfos.map(({ name }: { name: string }) => name).sort()).toEqual([
		"BSD",
		"LGPL-2+",
	]);
});

test("what a package installed is contained in it, and nothing is contained twice", () => {
	const { packages, relationships } = encode(mixedSubject());
	const names = new Map<string, string>(packages.map(({ SPDXID, name }: Package) => [SPDXID, name]));
	const edges = relationships.map(
		(one: { spdxElementId: string; relationshipType: string; relatedSpdxElement: string }) =>
			`${names.get(one.spdxElementId) ?? "document"} ${one.relationshipType} ${names.get(one.relatedSpdxElement)}`,
	);
	expect(edges).toContain("document DESCRIBES demo");
	expect(edges).toContain("demo CONTAINS debian");
	expect(edges).toContain("python3-foo CONTAINS foo");
	expect(edges).toContain("python3-foo DEPENDS_ON libc6");
	expect(edges).toContain("@s/b DEPENDS_ON a");
	expect(edges).not.toContain("demo CONTAINS foo");
});

test("two containers are both described, with all of their images", () => {
	const { packages, relationships } = encode(doubleSubject());
	const images = packages.flatMap((one: { packageFileName?: string }) => one.packageFileName ?? []);
	expect(images).toEqual(["app/root.squashfs", "app/root.ovl.squashfs", "base/root.squashfs"]);
	expect(new Set(packages.map(({ SPDXID }: Package) => SPDXID)).size).toBe(packages.length);
	const described = relationships.filter(
		(one: { relationshipType: string }) => one.relationshipType === "DESCRIBES",
	);
	expect(described).toHaveLength(2);
});

test("identifiers have only the characters that SPDX allows, whatever the names", () => {
	const { packages } = encode(hostileSubject());
	for (const { SPDXID } of packages) expect(SPDXID).toMatch(/^SPDXRef-[A-Za-z0-9.-]+$/);
});

test("the order of files in the tree decides no byte", () => {
	const files = {
		"node_modules/b/package.json": '{"name":"b","version":"1"}',
		"node_modules/a/package.json": '{"name":"a","version":"1"}',
	};
	const turned = Object.fromEntries(Object.entries(files).toReversed());
	const [one, other] = [files, turned].map((tree) => subjectOf([containerOf("demo", catalogueOf(tree))]));
	expect(encodeSbom(one!, "spdx-json")).toBe(encodeSbom(other!, "spdx-json"));
});

// The same on every machine and every version of Node. Where this fails, documents of one package differ
// between releases: say so in the changelog.
test("documents have the bytes that they always had", () => {
	const digests = [mixedSubject(), doubleSubject(), hostileSubject()].map((subject) =>
		sha256Hex(encodeSbom(subject, "spdx-json")),
	);
	expect(digests.map((digest) => digest.slice(0, 16))).toEqual([
		"845d0b61810c3911",
		"cf93f58610609b3b",
		"453966bfa0b738ba",
	]);
});

describe("identifiers are unique, also where somebody made their digests equal", () => {
	const npm = (path: string, name = "a", licence?: string) => ({
		[`${path}/node_modules/${name}/package.json`]: JSON.stringify({
			name,
			version: "1.0.0",
			license: licence,
		}),
	});
	const idsOf = ({ packages }: { packages: readonly Package[] }) => packages.map(({ SPDXID }) => SPDXID);

	test("of packages", () => {
		// Found by trying: what is hashed for these two begins with the same 48 bits.
		const files = { ...npm("14734543"), ...npm("29999368") };
		const ids = idsOf(encode(subjectOf([containerOf("demo", catalogueOf(files))]))).slice(1);
		expect(ids.sort()).toEqual([
			"SPDXRef-Package-npm-a-2b651aa558e9",
			"SPDXRef-Package-npm-a-2b651aa558e9-2",
		]);
	});

	test("of licences, each with its own text", () => {
		const texts = [9611055, 21791687].map((number) => `${"x".repeat(64)} ${number}`);
		const files = { ...npm("p", "a", texts[0]), ...npm("p", "b", texts[1]) };
		const { packages, hasExtractedLicensingInfos } = encode(
			subjectOf([containerOf("demo", catalogueOf(files))]),
		);
		const declared = new Map(
			hasExtractedLicensingInfos.map((one: { licenseId: string; extractedText: string }) => [
				one.licenseId,
				one.extractedText,
			]),
		);
		const stated = ["a", "b"].map(
			(name) => packages.find((one: Package) => one.name === name).licenseDeclared,
		);
		expect(stated.map((id) => declared.get(id))).toEqual(texts);
		expect(stated[0]).toMatch(/-7b2ea5a3647f$/);
	});

	test("of documents that builders made, once where two containers have it", () => {
		const carried = ["ab", "cd"].map((end, at) => ({
			fileName: `${at}.json`,
			namespace: `https://example/${at}`,
			sha256: "0".repeat(62) + end,
		}));
		const containers = ["a", "b"].map((name) => ({ ...containerOf(name, catalogueOf({})), carried }));
		const { externalDocumentRefs, relationships } = encode(subjectOf(containers));
		const names = externalDocumentRefs.map((one: { externalDocumentId: string }) => one.externalDocumentId);
		expect(names).toEqual(["DocumentRef-000000000000", "DocumentRef-000000000000-2"]);
		const pointed = relationships.filter(
			(one: { relationshipType: string }) => one.relationshipType === "DESCRIBED_BY",
		);
		expect(
			pointed.map((one: { relatedSpdxElement: string }) => one.relatedSpdxElement.split(":")[0]),
		).toEqual([...names, ...names]);
	});

	test("of containers", () => {
		const names = [4238064, 21660411].map((number) => `${"x".repeat(64)}${number}`);
		const ids = idsOf(encode(subjectOf(names.map((name) => containerOf(name, catalogueOf({}))))));
		const id = `SPDXRef-Container-${"x".repeat(64)}-9d9fdc3806b6`;
		expect(ids).toEqual([id, `${id}-2`]);
	});

	test("of hostile names, whatever they are made of", () => {
		const text = fc.string({ unit: fc.constantFrom(..."a-. _/é:#\0"), maxLength: 3 });
		const found = fc.record({ namespace: text, name: text, version: text, path: text, arch: text });
		fc.assert(
			fc.property(
				fc.array(found, { minLength: 1, maxLength: 60 }),
				fc.array(text, { minLength: 1 }),
				(all, names) => {
					const components = all.map(
						({ arch, ...rest }): Component => ({ type: "deb", ...rest, qualifiers: { arch }, requires: [] }),
					);
					const containers = names.map((name) => containerOf(name, { components, incomplete: [] }));
					const ids = idsOf(encode(subjectOf(containers)));
					expect(new Set(ids).size).toBe(names.length * (1 + all.length));
					for (const id of ids) expect(id).toMatch(/^SPDXRef-[A-Za-z0-9.-]+$/);
				},
			),
		);
	});

	test("20,000 packages that want one name get theirs in little time", () => {
		const one = { type: "deb", namespace: "", name: "", version: "1", path: "/x", requires: [] } as const;
		const components = Array.from(
			{ length: 20_000 },
			(_, i): Component => ({ ...one, qualifiers: { arch: `${i}` } }),
		);
		const ids = idsOf(encode(subjectOf([containerOf("demo", { components, incomplete: [] })])));
		expect(new Set(ids).size).toBe(20_001);
	});
});
