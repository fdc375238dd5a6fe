import {
	formatReport,
	htmlReport,
	isExceeded,
	markdownReport,
	parseBudgetExpression,
	type Report,
	reportDocument,
	reportPackages,
} from "../compare/report/index.js";
import { type CallOptions, withSettings } from "./call.js";

/** What `comparePackages` takes. */
export interface CompareOptions extends CallOptions {
	/**
	 * The package, checkout, or directory of them that devices have. Default: nothing; only the new packages are
	 * weighed.
	 */
	readonly old?: string | undefined;
	/**
	 * The package, checkout, or directory of them that replaces it. Packages in directories are paired by
	 * platform.
	 */
	readonly new: string;
	/** Limits, such as `ota=8M` or `arm32v6.package=64M`. */
	readonly budgets?: readonly string[] | undefined;
	/** Most bytes that a package may unpack to. Default: 4 GiB. */
	readonly maximumUnpacked?: number | undefined;
}

/** What packages weigh, and what updates to them cost. */
export interface Comparison {
	/** Whether no budget is exceeded. */
	readonly ok: boolean;
	/** The document `pvpkg/diff@1`, as `pvpkg diff --json` prints it. */
	toJSON(): object;
	/** A page with a map, a table and a search, in one file that needs no network. */
	toHtml(): string;
	/** Returns the report as Markdown, for merge requests. */
	toMarkdown(): string;
	/** Tables for a terminal. */
	toString(): string;
}

/** Weighs packages, platform by platform, against older ones where there are some. */
export async function comparePackages(options: CompareOptions): Promise<Comparison> {
	const { maximumUnpacked, onWarning } = options;
	const budgets = (options.budgets ?? []).map((text) => parseBudgetExpression(text));
	const request = { old: options.old, new: options.new, budgets };
	return withSettings(options, async ({ temporaryDirectory }) =>
		comparison(await reportPackages(request, { temporaryDirectory, maximumUnpacked, onWarning })),
	);
}

function comparison(report: Report): Comparison {
	return {
		ok: !isExceeded(report.budgets),
		toJSON: () => ({ spec: "pvpkg/diff@1", ...reportDocument(report) }),
		toHtml: () => htmlReport(report),
		toMarkdown: () => markdownReport(report),
		toString: () => formatReport(report),
	};
}
