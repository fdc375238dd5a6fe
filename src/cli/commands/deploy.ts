import type { Command } from "commander";
import { deployRepositories, isRemoteAddress, labelOfPath, splitFragment } from "../../internal.js";
import { type ArchitectureFlags, addArchitectureOptions, checkPrograms } from "../architecture-options.js";
import { action, createCommand } from "../command.js";
import {
	addRepositoryOptions,
	REPOSITORY_HELP,
	type RepositoryFlags,
	receiveOptions,
} from "../repository-options.js";

interface DeployFlags extends RepositoryFlags, ArchitectureFlags {}

export function deployCommand(): Command {
	const command = createCommand(
		"deploy",
		"Write repositories into the directory of a revision as devices have it: objects hard-linked, documents canonical, links for boot loaders.",
		"pvpkg deploy rootfs/trails/0 'bsp.pvrexport#bsp,_sigs/bsp.json' web.pvrexport.tgz",
	)
		.argument("<dir>", "directory of the revision; becomes a checkout unless it is one")
		.argument("<repository...>", `${REPOSITORY_HELP}; without parts, all of them`);
	return addRepositoryOptions(addArchitectureOptions(command)).action(
		action(async (session, flags: DeployFlags, directory: string, places: readonly string[]) => {
			const state = await deployRepositories({
				directory,
				places,
				...receiveOptions(session, flags),
				admit: (place, state, objects) => {
					const source = isRemoteAddress(place) ? directory : splitFragment(place)[0];
					const path = labelOfPath(source) === undefined ? directory : source;
					checkPrograms(
						session,
						{ state, objects, path, undone: `nothing was deployed, ${place} included` },
						flags,
					);
				},
			});
			session.terminal.report<"deploy">("", { directory, keys: state.size });
		}),
	);
}
