import type { Command } from "commander";
import { importState, readArchive } from "../../index.js";
import { action, createCommand } from "../command.js";
import { withCheckout } from "../package-input.js";

export function importCommand(): Command {
	return createCommand(
		"import",
		"Make the state of a package the committed one of this checkout, and take over its objects.",
		"pvpkg import web.tgz && pvpkg checkout",
	)
		.argument("<package>", "package file")
		.action(
			action((session, _: object, path: string) =>
				withCheckout(async (checkout) => {
					const { temporaryDirectory, terminal } = session;
					const source = await readArchive(path, { temporaryDirectory });
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
