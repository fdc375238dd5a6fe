import type { Command } from "commander";
import { action, createCommand } from "../command.js";
import { completionScript, SHELLS, type Shell } from "../completion.js";
import { UsageError } from "../errors.js";

/** The only command that needs the whole program as its parent. */
export function completionCommand(): Command {
	const command = createCommand(
		"completion",
		"Print the script that completes commands and options in a shell.",
		"pvpkg completion bash > ~/.local/share/bash-completion/completions/pvpkg\npvpkg completion fish > ~/.config/fish/completions/pvpkg.fish",
	).argument("<shell>", SHELLS.join(", "));
	return command.action(
		action((session, _: object, name: string) => {
			const shell = SHELLS.find((known): known is Shell => known === name);
			if (shell === undefined) {
				throw new UsageError(`completion: expected one of ${SHELLS.join(", ")}, got ${name}`);
			}
			const script = completionScript(shell, command.parent!);
			session.terminal.result<"completion">(script, { shell, script });
		}),
	);
}
