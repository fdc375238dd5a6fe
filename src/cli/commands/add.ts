import { type Command, Option } from "commander";
import { addFiles } from "../../internal.js";
import { action, createCommand } from "../command.js";
import { withCheckout } from "../package-input.js";

interface AddFlags {
	readonly raw?: boolean;
}

export function addCommand(): Command {
	return createCommand("add", "Add files of this checkout to the next commit.", "pvpkg add . && pvpkg commit")
		.argument("[paths...]", "files, directories, or globs (default: everything)")
		.addOption(new Option("-r, --raw", "keep .json files as objects").env("PVR_ADD_RAW"))
		.action(
			action((session, { raw }: AddFlags, paths: string[]) =>
				withCheckout(session, (checkout) => {
					const added = addFiles(checkout, paths, { raw });
					session.terminal.result<"add">("", { added });
				}),
			),
		);
}
