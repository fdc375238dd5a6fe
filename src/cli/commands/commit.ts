import type { Command } from "commander";
import { commitCheckout } from "../../internal.js";
import { action, createCommand } from "../command.js";
import { withCheckout } from "../package-input.js";

interface CommitFlags {
	readonly message?: string;
	readonly checkpoint?: boolean;
}

export function commitCommand(): Command {
	return createCommand(
		"commit",
		"Make the files of this checkout its committed state.",
		'pvpkg commit -m "web 1.2"',
	)
		.option("-m, --message <text>", "text of .pvr/commitmsg")
		.option("-c, --checkpoint", "write checkpoint.json with the current time")
		.action(
			action((session, { message, checkpoint }: CommitFlags) =>
				withCheckout(session, (checkout) => {
					const summary = commitCheckout(checkout, {
						message,
						checkpoint: checkpoint ? localTime(new Date()) : undefined,
					});
					const { added, removed, changed, findings } = summary;
					for (const { subject, message, code } of findings) {
						session.terminal.warn(`${subject}: ${message} [${code}]`);
					}
					session.terminal.info(
						`committed: ${added.length} added, ${changed.length} changed, ${removed.length} removed`,
					);
					session.terminal.result<"commit">("", summary);
				}),
			),
		);
}

/** RFC 3339 with the offset of this place. */
function localTime(date: Date): string {
	const offset = -date.getTimezoneOffset();
	const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, 19);
	if (offset === 0) return `${local}Z`;
	const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
	const two = (value: number): string => String(value).padStart(2, "0");
	return `${local}${offset < 0 ? "-" : "+"}${two(hours)}:${two(minutes)}`;
}
