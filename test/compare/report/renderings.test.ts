import { expect, test } from "vitest";
import { metricsReport } from "../../../src/compare/report/gitlab.js";
import { markdownReport, reportDocument } from "../../../src/compare/report/index.js";
import { directory, file } from "../../support/inodes.js";
import { reportOf } from "../../support/weighed-packages.js";

const HOSTILE = "<img src=x onerror=alert(1)> | `a` **b** [c](d) & \u202e\n@team !1 #2";

async function hostileReport() {
	const platform = await reportOf(
		{ root: directory({}) },
		{ root: directory({ [HOSTILE.replaceAll("/", "")]: file("x") }) },
	);
	return { platforms: [platform], missing: [], budgets: [] };
}

test("names cannot leave their cell in Markdown", async () => {
	const text = markdownReport(await hostileReport());
	const row = text.split("\n").find((line) => line.includes("onerror"))!;
	expect(row.match(/(?<!\\)\|/g)).toHaveLength(6);
	expect(row).not.toMatch(/<(?!\/?code>)/);
	const inside = /<code>(.*)<\/code>/.exec(row)![1]!;
	expect(inside).not.toMatch(/[`*[\]@!|<>\u202e\n]/);
});

test("metrics have no timestamps, and end", async () => {
	const text = metricsReport(await hostileReport());
	expect(text).toMatch(
		/^# HELP pvpkg_package_bytes .*\n# TYPE pvpkg_package_bytes gauge\npvpkg_package_bytes\{arch="arm32v6"\} \d+\n/,
	);
	expect(text.endsWith("\n# EOF\n")).toBe(true);
	expect(text).toContain('pvpkg_ota_bytes{arch="arm32v6",how="objects"}');
});

test("labels are escaped", async () => {
	const report = await hostileReport();
	const platforms = [{ ...report.platforms[0]!, platform: 'a"\\\nb' }];
	expect(metricsReport({ ...report, platforms })).toContain('arch="a\\"\\\\\\nb"');
});

test("the document is whole, and says what it is", async () => {
	const document = reportDocument(await hostileReport());
	expect(document).toMatchObject({
		platforms: [
			{
				platform: "arm32v6",
				objects: { new: 1, reused: 0, removed: 1 },
				files: [{ volume: "demo/root.squashfs", change: "added", old: null, new: { size: 1 } }],
			},
		],
		missing: [],
		budgets: [],
	});
	expect(JSON.parse(JSON.stringify(document))).toEqual(document);
});
