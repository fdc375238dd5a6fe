import type { Command } from "commander";
import {
	type Budget,
	CompareError,
	codeQualityReport,
	errorCode,
	formatReport,
	htmlReport,
	isExceeded,
	isJsonObject,
	markdownReport,
	memberLine,
	metricsReport,
	PendingFile,
	parseBudgetExpression,
	parseBudgets,
	parseJson,
	type Report,
	reportDocument,
	reportPackages,
} from "../internal.js";
import { VerificationError } from "./errors.js";
import { readInput } from "./input-file.js";
import { fileOption } from "./option-values.js";
import { addPackageOptions, type PackageFlags, packageReadOptions } from "./package-options.js";
import { saveMemory } from "./save-memory.js";
import type { Session } from "./session.js";

export interface ReportFlags extends PackageFlags {
	readonly budget?: readonly string[];
	readonly html?: string;
	readonly markdown?: string;
	readonly gitlabMetrics?: string;
	readonly gitlabCodequality?: string;
}

const PROJECT = "pvpkg.json";

/** Adds the options of the commands that weigh packages. */
export function addReportOptions(command: Command): Command {
	return addPackageOptions(command)
		.option(
			"--budget <file|expression...>",
			"limits that fail the job, besides those of pvpkg.json: ota=8M, arm32v6.package=64M, file:usr/lib/**=5M",
		)
		.option(
			"--html <file>",
			"write a page with a map, a table and a search, in one file that needs no network",
			fileOption("--html"),
		)
		.option(
			"--markdown <file>",
			"write Markdown, for merge requests and $GITHUB_STEP_SUMMARY",
			fileOption("--markdown"),
		)
		.option("--gitlab-metrics <file>", "write GitLab's metrics report", fileOption("--gitlab-metrics"))
		.option(
			"--gitlab-codequality <file>",
			"write GitLab's code quality report of budgets that are not kept",
			fileOption("--gitlab-codequality"),
		);
}

/**
 * Weighs packages, prints the report and writes the files that were asked for.
 * @throws VerificationError when a budget is exceeded.
 */
export async function runReport(
	session: Session,
	flags: ReportFlags,
	paths: { readonly old: string | undefined; readonly new: string },
): Promise<void> {
	saveMemory();
	const project = readProject();
	const budgets = [...(project?.budgets ?? []), ...(flags.budget ?? []).flatMap(readBudgets)];
	const report = await reportPackages(
		{ ...paths, budgets },
		{
			...packageReadOptions(session, flags),
			objectStores: session.objectStores,
			onWarning: (message) => session.terminal.warn(message),
		},
	);
	writeFiles(report, flags, project?.text ?? "");
	session.terminal.result<"diff">(formatReport(report), reportDocument(report));
	if (!isExceeded(report.budgets)) return;
	const count = report.budgets.filter(({ level }) => level === "exceeded").length;
	throw new VerificationError(`${paths.new}: check budgets: ${count} exceeded`);
}

/** The budgets of the project in this directory, if there is one. */
function readProject(): { readonly text: string; readonly budgets: readonly Budget[] } | undefined {
	try {
		const text = Buffer.from(readInput(PROJECT)).toString("utf8");
		return { text, budgets: documentBudgets(text, PROJECT, false) };
	} catch (error) {
		if (errorCode(error) === "ERR_FILE_NOT_FOUND") return undefined;
		throw error;
	}
}

function readBudgets(word: string): readonly Budget[] {
	if (word.includes("=")) return [parseBudgetExpression(word)];
	return documentBudgets(Buffer.from(readInput(word)).toString("utf8"), word, true);
}

/**
 * Reads the budgets of a document: its member `budgets`, as in pvpkg.json; with `bare` also a document of
 * budgets alone.
 */
function documentBudgets(text: string, path: string, bare: boolean): readonly Budget[] {
	const document = parseJson(text, path);
	if (!isJsonObject(document)) throw new CompareError("ERR_BUDGET", `${path}: read: expected an object`);
	const budgets = document.get("budgets");
	if (budgets !== undefined) return parseBudgets(budgets, path, ["budgets"]);
	return bare ? parseBudgets(document, path, []) : [];
}

/** Writes all files that were asked for, or none. */
function writeFiles(report: Report, flags: ReportFlags, project: string): void {
	const lineOf = ({ path }: Budget): number => memberLine(project, path);
	const files = [
		[flags.html, () => htmlReport(report)],
		[flags.markdown, () => markdownReport(report)],
		[flags.gitlabMetrics, () => metricsReport(report)],
		[flags.gitlabCodequality, () => codeQualityReport(report, lineOf)],
	] as const;
	const pending: PendingFile[] = [];
	try {
		for (const [path, make] of files) {
			if (path === undefined) continue;
			const file = PendingFile.create(path);
			pending.push(file);
			file.write(Buffer.from(make(), "utf8"), 0);
		}
		for (const file of pending) file.commit();
	} finally {
		for (const file of pending) file.discard();
	}
}
