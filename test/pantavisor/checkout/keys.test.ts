import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { foldsCase } from "../../../src/ground/files/index.js";
import type { JsonValue } from "../../../src/ground/json/index.js";
import { writeCheckout } from "../../../src/pantavisor/checkout/index.js";
import { checkDistinctFiles } from "../../../src/pantavisor/checkout/keys.js";

let directory: string;

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "keys-"));
	mkdirSync(join(directory, "folds/inner"), { recursive: true });
	// Where case is folded, the name in the other case leads to the directory, as this link does.
	symlinkSync("folds", join(directory, "FOLDS"));
	mkdirSync(join(directory, "plain"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe("a file system that folds case", () => {
	test.each([
		["folds", true],
		["folds/new", true],
		["folds/2026", true],
		["folds/inner", false],
		["plain", false],
		["plain/new", false],
	])("%s: %s", (name, folds) => {
		expect(foldsCase(join(directory, name))).toBe(folds);
	});

	test.each([
		["two files", ["web/Readme", "web/readme"], 'web/readme: write file: another key has it as "Readme"'],
		["two directories", ["App/x", "app/y"], 'app/y: write file: another key has it as "App"'],
		["an accent in two forms", ["web/\u00e9", "web/e\u0301"], "another key has it as"],
	])("keeps %s from being one", (_, keys, message) => {
		const all = ["#spec", ...keys];
		expect(() => checkDistinctFiles(all, join(directory, "folds"))).toThrow(message);
		expect(() => checkDistinctFiles(all, join(directory, "plain"))).not.toThrow();
	});

	test("gets no checkout of a state that has both", () => {
		const state = new Map<string, JsonValue>([
			["#spec", "pantavisor-service-system@1"],
			["web/A.json", new Map()],
			["web/a.json", new Map()],
		]);
		const none = { get: () => undefined };
		expect(() => writeCheckout(join(directory, "folds/new"), state, none)).toThrow(
			"does not distinguish case",
		);
		expect(readdirSync(join(directory, "folds"))).toEqual(["inner"]);
		writeCheckout(join(directory, "plain/new"), state, none);
		expect(readdirSync(join(directory, "plain/new/web"))).toEqual(["A.json", "a.json"]);
	});

	test("takes keys that differ in more than case", () => {
		const keys = ["web/a", "web/b", "web/a.json", "_sigs/web.json"];
		expect(() => checkDistinctFiles(keys, join(directory, "folds"))).not.toThrow();
	});
});
