import type { Command } from "commander";
import { importState, readArchive } from "../../index.js";
import { action, createCommand } from "../command.js";
import { withCheckout } from "../package-input.js";
import { addPackageOptions, type PackageFlags, packageReadOptions } from "../package-options.js";

export function importCommand(): Command {
	const command = createCommand(
		"import",
		"Make the state of a package the committed one of this checkout, and take over its objects.",
		"pvpkg import web.tgz && pvpkg checkout",
	).argument("<package>", "package file");
	return addPackageOptions(command).action(
		action((session, flags: PackageFlags, path: string) =>
			withCheckout(session, async (checkout) => {
				const { terminal } = session;
				const source = await readArchive(path, packageReadOptions(session, flags));
				try {
					importState(checkout, source.state, source.objects);
				} finally {
					source.close();
				}
				terminal.info('imported; "pvpkg checkout" puts the files in place');
				terminal.result("", { path, keys: source.state.size, objects: source.objects.size });
			}),
		),
	);
}
