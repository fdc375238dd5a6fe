import type { Command } from "commander";
import { encodeIndentedJson, plainJson, readWorkingState, stateDifference } from "../../index.js";
import { action, createCommand } from "../command.js";
import { withCheckout } from "../package-input.js";

export function diffCommand(): Command {
	return createCommand(
		"diff",
		"Show how this checkout differs from the last commit, as a JSON merge patch.",
		"pvpkg diff",
	).action(
		action((session) =>
			withCheckout((checkout) => {
				const patch = stateDifference(checkout.state, readWorkingState(checkout).state);
				session.terminal.result(encodeIndentedJson(patch, "\t"), { patch: plainJson(patch) });
			}),
		),
	);
}
