import { createHash } from "node:crypto";
import { type BudgetResult, formatValue } from "./budget-check.js";
import type { PlatformReport } from "./platform-report.js";
import type { Report } from "./report.js";

/**
 * Returns the figures as OpenMetrics text, for GitLab's metrics report
 * (https://docs.gitlab.com/ci/testing/metrics_reports). Names are stable, and there are no timestamps.
 */
export function metricsReport({ platforms }: Report): string {
	const families = METRICS.flatMap(({ name, help, samples }) => {
		const lines = platforms.flatMap((report) =>
			samples(report).map((sample) => sampleLine(name, report, sample)),
		);
		return lines.length === 0 ? [] : [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...lines];
	});
	return `${[...families, "# EOF"].join("\n")}\n`;
}

interface Sample {
	readonly labels: Readonly<Record<string, string>>;
	readonly value: number;
}

interface Metric {
	readonly name: string;
	readonly help: string;
	samples(report: PlatformReport): Sample[];
}

const METRICS: readonly Metric[] = [
	{
		name: "pvpkg_package_bytes",
		help: "Size of the package.",
		samples: ({ new: after }) => [{ labels: {}, value: after.size }],
	},
	{
		name: "pvpkg_objects_bytes",
		help: "Size of all objects on the device.",
		samples: ({ new: after }) => [{ labels: {}, value: after.objects }],
	},
	{
		name: "pvpkg_volume_bytes",
		help: "Size of each squashfs.",
		samples: ({ volumes }) =>
			volumes.flatMap(({ path, new: after }) =>
				after ? [{ labels: { volume: path }, value: after.size }] : [],
			),
	},
	{
		name: "pvpkg_files",
		help: "Regular files in all squashfs.",
		samples: ({ new: after }) => [{ labels: {}, value: after.files }],
	},
	{
		name: "pvpkg_ota_bytes",
		help: "Bytes that an update transfers, by the way it is made.",
		samples: ({ ota }) =>
			ota === undefined
				? []
				: (["objects", "patch", "chunks", "blocks4k"] as const).map((how) => ({
						labels: { how },
						value: ota[how],
					})),
	},
];

function sampleLine(name: string, { platform }: PlatformReport, { labels, value }: Sample): string {
	const pairs = Object.entries({ arch: platform, ...labels }).map(
		([key, text]) => `${key}="${escapeLabel(text)}"`,
	);
	return `${name}{${pairs.join(",")}} ${value}`;
}

function escapeLabel(text: string): string {
	return text.replace(/[\\"\n]/g, (character) => (character === "\n" ? "\\n" : `\\${character}`));
}

/**
 * Returns the budgets that are exceeded as a code quality report
 * (https://docs.gitlab.com/ci/testing/code_quality). The fingerprint does not depend on the value, so that GitLab
 * recognizes a finding in the next run.
 * @param lineOf returns the line of a budget in pvpkg.json, from 1.
 */
export function codeQualityReport(
	{ budgets }: Report,
	lineOf: (budget: BudgetResult["budget"]) => number,
): string {
	const findings = budgets
		.filter(({ level }) => level === "warn" || level === "exceeded")
		.map((result) => finding(result, lineOf(result.budget)));
	return `${JSON.stringify(findings, null, 2)}\n`;
}

const CHECK = "pvpkg-budget";

function finding({ platform, name, level, value, limit, unit, causes }: BudgetResult, line: number): object {
	const subject = platform === "" ? name : `${platform}: ${name}`;
	const over = `${formatValue(value ?? 0, unit)}, expected at most ${formatValue(limit, unit)}`;
	const because = causes.length === 0 ? "" : ` (${causes.join("; ")})`;
	const identity = JSON.stringify([CHECK, platform, name]);
	return {
		description: `${subject}: ${over}${because}`,
		check_name: CHECK,
		fingerprint: createHash("sha256").update(identity).digest("hex"),
		severity: level === "warn" ? "minor" : "major",
		location: { path: "pvpkg.json", lines: { begin: line } },
	};
}
