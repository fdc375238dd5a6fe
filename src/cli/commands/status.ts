import type { Command } from "commander";
import { checkoutStatus } from "../../internal.js";
import { action, createCommand } from "../command.js";
import { withCheckout } from "../package-input.js";

export function statusCommand(): Command {
	return createCommand(
		"status",
		"List the files of this checkout that differ from the last commit: Added, Deleted, Changed, ? untracked.",
		"pvpkg status",
	).action(
		action((session) =>
			withCheckout(session, (checkout) => {
				const status = checkoutStatus(checkout);
				const { added, removed, changed, untracked } = status;
				const marked = [
					...added.map((key) => `A ${key}`),
					...removed.map((key) => `D ${key}`),
					...changed.map((key) => `C ${key}`),
					...untracked.map((key) => `? ${key}`),
				];
				session.terminal.result<"status">(marked.join("\n"), status);
			}),
		),
	);
}
