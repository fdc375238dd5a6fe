import { expect } from "vitest";
import { metricsReport } from "../../src/compare/report/gitlab.js";
import { directory, file } from "../support/inodes.js";
import { needs } from "../support/needs.js";
import { filterThrough, pythonWith } from "../support/programs.js";
import { reportOf } from "../support/weighed-packages.js";

const PARSER = "prometheus_client.openmetrics.parser";
/** What the parser of prometheus_client makes of a metrics report. */
const SCRIPT = `
import json, sys
from ${PARSER} import text_string_to_metric_families
families = text_string_to_metric_families(sys.stdin.read())
print(json.dumps([[s.name, s.labels, s.value] for f in families for s in f.samples]))
`;

needs("python3", "prometheus-client").test("prometheus_client reads GitLab's metrics report", async () => {
	const report = await reportOf(
		{ root: directory({ a: file("old") }) },
		{ root: directory({ a: file("new"), b: file("b") }) },
	);
	const platforms = [report, { ...report, platform: 'odd "label"\\\n' }];
	const text = metricsReport({ platforms, missing: [], budgets: [] });
	const samples = JSON.parse(filterThrough(Buffer.from(text), pythonWith(PARSER)!, "-c", SCRIPT).toString());
	expect(samples).toContainEqual(["pvpkg_package_bytes", { arch: "arm32v6" }, report.new.size]);
	expect(samples).toContainEqual([
		"pvpkg_ota_bytes",
		{ arch: "arm32v6", how: "objects" },
		report.ota!.objects,
	]);
	expect(samples).toContainEqual(["pvpkg_files", { arch: 'odd "label"\\\n' }, 2]);
});
