import { expect, test } from "vitest";
import { compareConfigs } from "../../../src/compare/report/config-changes.js";
import { formatReport, markdownReport } from "../../../src/compare/report/index.js";
import { reportPlatform } from "../../../src/compare/report/platform-report.js";
import type { PlainJson } from "../../../src/ground/json/index.js";
import { sideOf } from "../../support/weighed-packages.js";

async function compared(old: PlainJson, next: PlainJson) {
	const [before, after] = await Promise.all([sideOf({ "d/run.json": old }), sideOf({ "d/run.json": next })]);
	return { before, after, changes: compareConfigs(before!, after!) };
}

test("each value of a document is a line", async () => {
	const { changes } = await compared({ a: { b: [1, 2] }, same: {} }, { a: { b: [1, 3] }, same: {} });
	expect(changes).toEqual([
		{ path: "d/run.json", change: "content", removed: ["a.b[1]: 2"], added: ["a.b[1]: 3"] },
	]);
});

test("the lines of a hostile document are bounded", async () => {
	const { changes } = await compared(
		{},
		{ ["k".repeat(100_000)]: Array.from({ length: 50_000 }, (_, i) => i) },
	);
	expect(changes[0]!.added.length).toBe(10_001);
	expect(changes[0]!.added.at(-1)).toBe("…");
	expect(Math.max(...changes[0]!.added.map((line) => line.length))).toBeLessThan(400);
});

test("a value of megabytes is a short line, whatever is in it", async () => {
	const { before, after } = await compared({ a: "x" }, { a: "` ".repeat(300_000) });
	const report = { platforms: [await reportPlatform(before, after)], missing: [], budgets: [] };
	for (const text of [markdownReport(report), formatReport(report)]) {
		expect(text).toContain('+ a: "` ` `');
		expect(text.length).toBeLessThan(5000);
	}
});
