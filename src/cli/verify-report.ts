import {
	type AgainstReport,
	type CheckedAttestation,
	type Finding,
	failsTrustAlone,
	formatCounted,
	formatSize,
	type VerifyReport,
} from "../internal.js";
import type { VerifiedPackage } from "./documents/documents.js";
import { formatTable, type Verbosity } from "./terminal.js";
import type { TrustRoot } from "./trust-options.js";

/** The result for one package. */
export interface VerifiedInput {
	readonly path: string;
	readonly report: VerifyReport;
	/** Attestations that were looked at. */
	readonly attestations?: readonly CheckedAttestation[] | undefined;
	/** How it changes the state of --against; the findings are in the report. */
	readonly against?: AgainstReport | undefined;
}

/** Findings that are printed for each rule; --verbose and --json have all. */
const SHOWN_FINDINGS = 10;

/** Returns the report of one package as a person reads it; the last line is the verdict. Quiet: only faults and verdict. */
export function formatReport(
	{ path, report, attestations = [], against }: VerifiedInput,
	root: TrustRoot | undefined,
	verbosity: Verbosity,
): string {
	const { findings, signatures, objects, bytes } = report;
	const verdict = `${path}: ${verdictOf(report, root)}`;
	const faults = formatFindings(findings, verbosity === "verbose");
	if (verbosity === "quiet") return [...faults, verdict].join("\n");
	return [
		...faults,
		...signatures.map(({ key, error }) => `${error ? "BAD " : "good"} signature ${key}`),
		...formatCoverage(report),
		...attestations.flatMap(({ path: file, attested }) =>
			attested ? [`attested: ${attested} (${file})`] : [],
		),
		`${formatCounted(objects, "object")}, ${formatSize(bytes)}`,
		...formatNeeds(report),
		...(against === undefined ? [] : [formatAgainst(against)]),
		root === undefined ? "trust root: none" : `trust root: ${root.path} (from ${root.from})`,
		verdict,
	].join("\n");
}

/** Returns a table of several packages, a row each; the reports above it name the trust root. */
export function formatVerdicts(
	inputs: readonly VerifiedInput[],
	unreadable: readonly string[],
	root: TrustRoot | undefined,
): string {
	const rows = inputs.map(({ path, report }) => {
		const count = (wanted: string) => report.findings.filter(({ severity }) => severity === wanted).length;
		const verdict = verdictOf(report, root && { path: undefined });
		return [path, verdict, String(count("error")), String(count("warning"))];
	});
	const unread = unreadable.map((path) => [path, "could not be read", "-", "-"]);
	return formatTable([["PACKAGE", "VERDICT", "ERRORS", "WARNINGS"], ...rows, ...unread]);
}

/** Returns the kernel options that the images need. */
function formatNeeds({ images }: VerifyReport): string[] {
	const needs = [...new Set(Object.values(images).flat())];
	return needs.length === 0 ? [] : [`the images need a kernel with ${needs.join(", ")}`];
}

/** @param root undefined if nobody is trusted; without a path, the verdict does not name it. */
function verdictOf(report: VerifyReport, root: { readonly path: string | undefined } | undefined): string {
	const { ok, trust } = report;
	if (!ok) return failsTrustAlone(report) ? "not trusted" : "not sound";
	if (root === undefined) return "structure sound, trusted by nobody";
	const by = root.path === undefined ? "" : ` by ${root.path}`;
	return trust === "partial" ? `sound, trusted${by} in part` : `sound, trusted${by}`;
}

/** Returns which files the signatures protect; words of pvr (protected, excluded, notseen) are in --json. */
function formatCoverage({ coverage, signatures }: VerifyReport): string[] {
	if (signatures.length === 0) return ["signatures: none"];
	const list = (keys: readonly string[]): string =>
		keys.length === 0 ? "" : ` (${keys.slice(0, 3).join(", ")}${keys.length > 3 ? ", …" : ""})`;
	return [
		`signatures protect ${formatCounted(coverage.protected.length, "file")}, leave out ${coverage.excluded.length} on purpose` +
			`${list(coverage.excluded)}, and do not mention ${coverage.notseen.length}${list(coverage.notseen)}`,
	];
}

function formatFindings(findings: readonly Finding[], all: boolean): string[] {
	const counts = new Map<string, number>();
	const lines: string[] = [];
	for (const { severity, code, subject, message } of findings) {
		const count = (counts.get(code) ?? 0) + 1;
		counts.set(code, count);
		if (all || count <= SHOWN_FINDINGS) lines.push(`${severity}: ${subject}: ${message} [${code}]`);
	}
	const rest = [...counts].filter(([, count]) => !all && count > SHOWN_FINDINGS);
	return [
		...lines,
		...rest.map(([code, count]) => `and ${count - SHOWN_FINDINGS} more [${code}] (--verbose shows all)`),
	];
}

/** `on the device: 3 files added, 1 changed, 0 removed`. */
function formatAgainst({ added, changed, removed }: AgainstReport): string {
	return `on the device: ${formatCounted(added.length, "file")} added, ${changed.length} changed, ${removed.length} removed`;
}

/** Returns the document of one package for `--json`. */
export function plainReport(
	{ path, report, attestations = [], against }: VerifiedInput,
	root: TrustRoot | undefined,
): VerifiedPackage & { readonly ok: boolean } {
	const { signatures, bytes: size, ...rest } = report;
	return {
		path,
		...rest,
		size,
		trustRoot: root === undefined ? null : { path: root.path, from: root.from },
		signatures: signatures.map(({ key, error }) => ({ key, ok: !error, error: error?.message })),
		attestations: attestations.map(({ path: file, attested }) => ({
			path: file,
			attested: attested ?? null,
		})),
		against: against && { added: against.added, changed: against.changed, removed: against.removed },
	};
}
