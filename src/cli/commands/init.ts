import { type Command, Option } from "commander";
import { initCheckout } from "../../internal.js";
import { action, createCommand } from "../command.js";

interface InitFlags {
	readonly spec?: string;
	readonly objects?: string;
}

export function initCommand(): Command {
	return createCommand(
		"init",
		"Make this directory a pvr checkout.",
		"pvpkg init && pvpkg app add web --from nginx:1.27 --platform linux/arm64",
	)
		.option("-s, --spec <name>", "#spec of the state (default: pantavisor-service-system@1)")
		.addOption(
			new Option("-o, --objects <dir>", "directory for objects (default: .pvr/objects)").env(
				"PVR_OBJECTS_DIR",
			),
		)
		.action(
			action((session, { spec, objects }: InitFlags) => {
				initCheckout(".", { spec, objectsDirectory: objects });
				session.terminal.result<"init">("", { directory: "." });
			}),
		);
}
