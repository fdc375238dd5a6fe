import type { Command } from "commander";
import { encodeIndentedJson, plainJson, readWorkingState, stateDifference } from "../../internal.js";
import { action, createCommand } from "../command.js";
import { UsageError } from "../errors.js";
import { withCheckout } from "../package-input.js";
import { addReportOptions, type ReportFlags, runReport } from "../report-options.js";
import type { Session } from "../session.js";

export function diffCommand(): Command {
	const command = createCommand(
		"diff",
		"Show what an update from one package to another costs, and why. Without arguments: how this checkout differs from the last commit, as a JSON merge patch.",
		"pvpkg diff old/web.arm64v8.tgz new/web.arm64v8.tgz --html sizes.html\npvpkg diff previous/ releases/ --budget ota=8M",
	)
		.argument("[old]", "package, checkout, or directory of them")
		.argument("[new]", "what replaces it; packages of directories are paired by platform");
	return addReportOptions(command).action(
		action((session, flags: ReportFlags, old?: string, next?: string) => {
			if (old !== undefined && next !== undefined) return runReport(session, flags, { old, new: next });
			if (old === undefined) return showWorkingChanges(session);
			throw new UsageError("diff: expected OLD and NEW, or no arguments in a checkout");
		}),
	);
}

/** Prints the changes as pvr does. */
function showWorkingChanges(session: Session): Promise<void> {
	return withCheckout(session, (checkout) => {
		const patch = stateDifference(checkout.state, readWorkingState(checkout).state);
		session.terminal.result<"diff">(encodeIndentedJson(patch, "\t"), { patch: plainJson(patch) });
	});
}
