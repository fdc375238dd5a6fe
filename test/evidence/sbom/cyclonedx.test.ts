import { expect, test } from "vitest";
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

const encode = (subject: Parameters<typeof encodeSbom>[0]) =>
	JSON.parse(encodeSbom(subject, "cyclonedx-json"));

interface Component {
	readonly "bom-ref": string;
	readonly name: string;
	readonly components?: readonly Component[];
}

function referencesOf(components: readonly Component[] = []): string[] {
	return components.flatMap((one) => [one["bom-ref"], ...referencesOf(one.components)]);
}

test("a document of one container is about the container", () => {
	expect(encode(mixedSubject())).toMatchObject({
		bomFormat: "CycloneDX",
		specVersion: "1.6",
		serialNumber: expect.stringMatching(
			/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
		),
		metadata: {
			timestamp: "2024-01-01T00:00:00Z",
			tools: { components: [{ type: "application", name: "pvpkg", version: "0.1.0" }] },
			component: {
				type: "container",
				name: "demo",
				version: "v1",
				hashes: [{ alg: "SHA-256", content: "ab".repeat(32) }],
			},
			properties: [{ name: "pvpkg:identity", value: IDENTITY }],
		},
		compositions: [{ aggregate: "incomplete", assemblies: ["container:demo"] }],
	});
});

test("a document of a whole catalogue has no compositions", () => {
	const document = encode(subjectOf([containerOf("demo", catalogueOf({}))]));
	expect(document).not.toHaveProperty("compositions");
});

test("components are named by their package URLs, copies by their paths too", () => {
	const { components } = encode(mixedSubject());
	expect(referencesOf(components).sort()).toEqual([
		"pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12&upstream=glibc",
		"pkg:deb/debian/python3-foo@1:1.0%2Bdfsg-2?arch=all&distro=debian-12",
		"pkg:npm/%40s/b@1.0.0",
		"pkg:npm/a@1.0.0#/app/node_modules/a/package.json",
		"pkg:npm/a@1.0.0#/app/node_modules/b/node_modules/a/package.json",
		"pkg:opkg/busybox@1.36?arch=mips",
		"pkg:pypi/foo@1.0",
		"system:demo:debian",
	]);
});

test("what a package installed is nested in it", () => {
	const { components } = encode(mixedSubject());
	const outer = components.find(({ name }: Component) => name === "python3-foo");
	expect(outer.components.map(({ name }: Component) => name)).toEqual(["foo"]);
});

test("licences are expressions or names, as they were declared", () => {
	const { components } = encode(mixedSubject());
	const licences = (name: string) => components.find((one: Component) => one.name === name).licenses;
	expect(licences("a")).toEqual([{ expression: "MIT OR Apache-2.0", acknowledgement: "declared" }]);
	expect(licences("libc6")).toEqual([{ license: { name: "LGPL-2+", acknowledgement: "declared" } }]);
});

test("dependencies lead from the container to what it holds, and on", () => {
	const { dependencies } = encode(mixedSubject());
	const [root, ...others] = dependencies;
	expect(root.ref).toBe("container:demo");
	expect(root.dependsOn).not.toContain("pkg:pypi/foo@1.0");
	expect(others).toContainEqual({
		ref: "pkg:npm/%40s/b@1.0.0",
		dependsOn: ["pkg:npm/a@1.0.0#/app/node_modules/b/node_modules/a/package.json"],
	});
});

test.each([
	["two containers", doubleSubject],
	["hostile names", hostileSubject],
])("of %s every reference is unique, and every dependency is there", (_, make) => {
	const { metadata, components, dependencies } = encode(make());
	const references = referencesOf([metadata.component, ...components]);
	expect(new Set(references).size).toBe(references.length);
	const used = dependencies.flatMap((one: { ref: string; dependsOn?: string[] }) => [
		one.ref,
		...(one.dependsOn ?? []),
	]);
	expect(used.filter((reference: string) => !references.includes(reference))).toEqual([]);
});

// The same on every machine and every version of Node. Where this fails, documents of one package differ
// between releases: say so in the changelog.
test("documents have the bytes that they always had", () => {
	const digests = [mixedSubject(), doubleSubject(), hostileSubject()].map((subject) =>
		sha256Hex(encodeSbom(subject, "cyclonedx-json")),
	);
	expect(digests.map((digest) => digest.slice(0, 16))).toEqual([
		"ab041983a2c8f869",
		"57676db514e51a3b",
		"6827cd895ac0a747",
	]);
});
