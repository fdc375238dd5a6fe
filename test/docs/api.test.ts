import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readApi } from "../support/api-entries.js";
import { apiPages } from "../support/api-pages.js";

const FOLDER = "docs/api";
/** Set this variable to write the pages instead of comparing them. */
const WRITES = process.env.PVPKG_WRITE_DOCS === "1";

const api = readApi();
const pages = apiPages(api);

if (WRITES) {
	rmSync(FOLDER, { recursive: true, force: true });
	mkdirSync(FOLDER, { recursive: true });
	for (const [name, text] of pages) writeFileSync(`${FOLDER}/${name}`, text);
}

describe("what people outside import", () => {
	test.each([...pages])("%s is as the declarations are", (name, text) => {
		expect(readFileSync(`${FOLDER}/${name}`, "utf8")).toBe(text);
	});

	test("there is a page for each place, and no other", () => {
		expect(readdirSync(FOLDER).sort()).toEqual([...pages.keys()].sort());
	});

	test("can be used with public names alone", () => {
		expect(api.forgotten).toEqual([]);
	});

	test("has a comment on every name", () => {
		const silent = api.entries.flatMap(({ specifier, names }) =>
			names.filter(({ text }) => text === "").map(({ name }) => `${specifier}: ${name}`),
		);
		expect(silent).toEqual([]);
	});

	test("has every shape of the calls in one place", () => {
		const [root, types] = ["pvpkg", "pvpkg/types"].map(
			(place) =>
				new Set(api.entries.find(({ specifier }) => specifier === place)!.names.map(({ name }) => name)),
		);
		const missing = api.entries
			.find(({ specifier }) => specifier === "pvpkg")!
			.names.filter(({ name, kind }) => kind === "type" && !types!.has(name));
		expect(missing).toEqual([]);
		expect(types!.size).toBeGreaterThan(root!.size);
	});

	test("is a handful of calls at the root", () => {
		const root = api.entries.find(({ specifier }) => specifier === "pvpkg");
		const values = root!.names.filter(({ kind }) => kind !== "type").map(({ name }) => name);
		expect(values).toEqual([
			"buildProject",
			"comparePackages",
			"exportImage",
			"fetchProject",
			"installImage",
			"listContents",
			"lockProject",
			"makeSbom",
			"makeSquashfs",
			"openResources",
			"planExport",
			"streamImage",
			"verifyPackage",
			"PvpkgError",
		]);
		expect(root!.names.length).toBe(25);
	});
});
