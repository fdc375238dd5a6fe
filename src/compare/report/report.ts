import { processorCount } from "../../codec/index.js";
import { FileHasher } from "../../ground/files/index.js";
import type { Budget } from "./budget.js";
import { type BudgetResult, checkBudgets } from "./budget-check.js";
import {
	type FoundSide,
	findSides,
	type OpenedSide,
	openSide,
	pairSides,
	type SidePair,
	type SideReadOptions,
} from "./open-sides.js";
import { type PlatformReport, reportPlatform } from "./platform-report.js";

/** Weights of packages, and costs of updates to them. */
export interface Report {
	readonly platforms: readonly PlatformReport[];
	/** Platforms that only the old packages have. */
	readonly missing: readonly string[];
	readonly budgets: readonly BudgetResult[];
}

export interface ReportRequest {
	/** Path of a package, a checkout, or a directory of them; undefined to weigh only the new ones. */
	readonly old: string | undefined;
	readonly new: string;
	readonly budgets: readonly Budget[];
}

export interface ReportOptions extends SideReadOptions {
	/** Receives what a report leaves out because of a limit. */
	readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * Weighs packages by platform, and compares them with older ones if given.
 * @throws CompareError ERR_COMPARE_INPUT; what `openSide` and `reportPlatform` throw.
 */
export async function reportPackages(request: ReportRequest, options: ReportOptions): Promise<Report> {
	const olds = request.old === undefined ? [] : findSides(request.old);
	const pairs = pairSides(olds, findSides(request.new));
	const platforms: PlatformReport[] = [];
	for (const pair of pairs) {
		if (pair.new) platforms.push(await reportPair(pair, options));
	}
	return {
		platforms,
		missing: pairs.filter((pair) => pair.new === undefined).map(({ platform }) => platform),
		budgets: platforms.flatMap((platform) => checkBudgets(platform, request.budgets)),
	};
}

async function reportPair({ old, new: next }: SidePair, options: ReportOptions): Promise<PlatformReport> {
	const opened: OpenedSide[] = [];
	const hasher = new FileHasher(processorCount() > 1 ? 1 : 0);
	const open = async (found: FoundSide): Promise<OpenedSide> => {
		const side = await openSide(found, options);
		opened.push(side);
		side.file?.begin(hasher);
		return side;
	};
	try {
		// Both are opened at the same time. If one fails, the other is awaited, so that both get closed.
		const results = await Promise.allSettled([next!, ...(old ? [old] : [])].map(open));
		const [after, before] = results.map(settledValue);
		const { comparePackages } = await import("./package-changes.js");
		const warn = (message: string): void => options.onWarning?.(`${next!.path}: ${message}`);
		return await reportPlatform(before, after!, (volumes) => comparePackages(volumes, warn));
	} finally {
		await hasher.close();
		for (const side of opened) side.close();
	}
}

function settledValue<T>(result: PromiseSettledResult<T>): T {
	if (result.status === "fulfilled") return result.value;
	throw result.reason;
}
