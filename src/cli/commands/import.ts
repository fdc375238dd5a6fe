import type { Command } from "commander";
import { importState, stateObjects } from "../../internal.js";
import { action, createCommand } from "../command.js";
import { openSource, withCheckout } from "../package-input.js";
import { addPackageOptions, type PackageFlags } from "../package-options.js";

export function importCommand(): Command {
	const command = createCommand(
		"import",
		"Make the state of a package the committed state of this checkout, and add its objects.",
		"pvpkg import web.tgz && pvpkg checkout",
	).argument("<package>", "package file, checkout, its .pvr, or unpacked export");
	return addPackageOptions(command).action(
		action((session, flags: PackageFlags, path: string) =>
			withCheckout(session, async (checkout) => {
				const { terminal } = session;
				const source = await openSource(session, flags, path);
				try {
					importState(checkout, source.state, source.objects);
				} finally {
					source.close();
				}
				terminal.info('imported; "pvpkg checkout" puts the files in place');
				terminal.result<"import">("", {
					path,
					keys: source.state.size,
					objects: stateObjects(source.state).length,
				});
			}),
		),
	);
}
