import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { encodeSbom, type SbomSubject } from "../../src/evidence/sbom/index.js";
import { catalogueOf } from "../support/catalogue-trees.js";
import { needs } from "../support/needs.js";
import { runBeside } from "../support/programs.js";
import {
	containerOf,
	doubleSubject,
	hostileSubject,
	mixedSubject,
	subjectOf,
} from "../support/sbom-subjects.js";

needs("python3", "pyspdxtools").describe("pyspdxtools", () => {
	const directory = mkdtempSync(join(tmpdir(), "pvpkg-spdx-"));
	afterAll(() => rmSync(directory, { recursive: true }));

	/** What it says of a document; it fails where the document is not valid. */
	async function validate(text: string): Promise<string> {
		const path = join(directory, "document.spdx.json");
		writeFileSync(path, text);
		return runBeside("pyspdxtools", "-i", path, "--version", "SPDX-2.3");
	}

	test.each<[string, () => SbomSubject]>([
		["every kind of component", mixedSubject],
		["two containers", doubleSubject],
		["hostile names", hostileSubject],
		["an empty root", () => subjectOf([containerOf("demo", catalogueOf({}))])],
	])("accepts %s", async (_, make) => {
		await validate(encodeSbom(make(), "spdx-json"));
	});

	test("refuses a document that is broken", async () => {
		const text = encodeSbom(mixedSubject(), "spdx-json");
		await expect(validate(text.replaceAll('"CONTAINS"', '"HOLDS"'))).rejects.toThrow();
		await expect(
			validate(text.replace('"name": "BSD"', '"name": ""').replaceAll("LicenseRef-BSD", "BSD")),
		).rejects.toThrow();
	});
});
