import type { Command } from "commander";
import { encodeState, plainJson, readWorkingState } from "../../internal.js";
import { action, createCommand } from "../command.js";
import { withCheckout } from "../package-input.js";

export function jsonCommand(): Command {
	return createCommand(
		"json",
		"Print the state of the work tree as canonical JSON: the state that a commit would have.",
		"pvpkg json | jq keys",
	).action(
		action((session) =>
			withCheckout(session, (checkout) => {
				const { state } = readWorkingState(checkout);
				session.terminal.result<"json">(encodeState(state), { state: plainJson(new Map(state)) });
			}),
		),
	);
}
