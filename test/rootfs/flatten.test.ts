import { describe, expect, test } from "vitest";
import { hardlinks, replacements, whiteouts } from "../support/layer-cases.js";
import { flattenArchives } from "../support/layers.js";
import { attributes, names } from "../support/name-cases.js";
import { dir, file, xattr } from "../support/tar-members.js";

// spec/layers.md part 2: one case per row, by its name.

const ROOT = ". dir 755";

describe("whiteouts", () => {
	test.each(whiteouts)("%s", async (_row, layers, expected) => {
		expect(await flattenArchives(layers)).toEqual([ROOT, ...expected]);
	});
});

describe("replacements", () => {
	test.each(replacements)("%s", async (_row, layers, expected) => {
		expect(await flattenArchives(layers)).toEqual([ROOT, ...expected]);
	});
});

describe("hard links", () => {
	test.each(hardlinks)("%s", async (_row, layers, expected) => {
		expect(await flattenArchives(layers)).toEqual([ROOT, ...expected]);
	});
});
describe("names and symlinks", () => {
	test.each(names)("%s", async (_row, layers, expected) => {
		expect(await flattenArchives(layers)).toEqual([ROOT, ...expected]);
	});

	test("many-entries: 65,600 files in one directory", async () => {
		const layer = [dir("d"), ...Array.from({ length: 65_600 }, (_, i) => file(`d/${i}`))];
		const lines = await flattenArchives([layer]);
		expect(lines).toHaveLength(65_602);
		expect(new Set(lines).size).toBe(65_602);
	});

	test("root-attrs", async () => {
		const root = dir("./", 0o711, { uid: 4, gid: 5, mtime: 77, ...xattr("user.k", "v") });
		expect(await flattenArchives([[root]])).toEqual(['. dir 711 4:5 @77 user.k="v"']);
	});
});

describe("attributes and types", () => {
	test.each(attributes)("%s", async (_row, layers, expected) => {
		expect(await flattenArchives(layers)).toEqual([ROOT, ...expected]);
	});
});
