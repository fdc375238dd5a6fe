import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { layPackage, layRemoval } from "../../src/pantavisor/rules/index.js";
import { encodeState, parseState } from "../../src/pantavisor/state/index.js";
import { importPackage } from "../support/device-importer.js";
import { importerCases } from "../support/device-states.js";
import { have, run } from "../support/programs.js";

let directory: string;

beforeAll(() => {
	directory = mkdtempSync(join(tmpdir(), "pvpkg-pvtx-"));
	process.env.PVTXDIR = join(directory, "transaction");
});

afterAll(() => {
	delete process.env.PVTXDIR;
	rmSync(directory, { recursive: true, force: true });
});

/** The text of a state after pvtx has changed it, in a transaction of its own. */
function transact(running: string, ...command: readonly string[]): string {
	rmSync(process.env.PVTXDIR!, { recursive: true, force: true });
	run("mkdir", process.env.PVTXDIR!);
	writeFileSync(join(directory, "running.json"), running);
	run("pvtx", "begin", join(directory, "running.json"), join(directory, "objects"));
	run("pvtx", ...command);
	return readFileSync(join(process.env.PVTXDIR!, "current.json"), "utf8");
}

function addsAsPredicted(running: string, incoming: string): void {
	const path = join(directory, "incoming.json");
	writeFileSync(path, incoming);
	const text = transact(running, "add", path);
	expect(text).toBe(importPackage(running, incoming));
	const laid = layPackage(parseState(running, "running"), parseState(incoming, "incoming"));
	expect(encodeState(laid.state)).toBe(encodeState(parseState(text, "pvtx")));
}

function removesAsPredicted(running: string, part: string): void {
	const laid = layRemoval(parseState(running, "running"), part);
	expect(encodeState(laid.state)).toBe(encodeState(parseState(transact(running, "remove", part), "pvtx")));
}

test.runIf(have("pvtx"))("pvtx makes of 500 generated states and packages what is predicted", () => {
	const parts = fc.constantFrom("web", "app", "_config/web", "_sigs/web.json", "no");
	const added = fc.property(importerCases, ({ running, incoming }) => addsAsPredicted(running, incoming));
	const removed = fc.property(importerCases, parts, ({ running }, part) => removesAsPredicted(running, part));
	fc.assert(added, { numRuns: 500 });
	fc.assert(removed);
});
