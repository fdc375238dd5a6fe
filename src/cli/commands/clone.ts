import { basename } from "node:path";
import type { Command } from "commander";
import { cloneRepository, isRemoteAddress } from "../../internal.js";
import { action, createCommand } from "../command.js";
import { UsageError } from "../errors.js";
import {
	addRepositoryOptions,
	REPOSITORY_HELP,
	type RepositoryFlags,
	receiveOptions,
} from "../repository-options.js";

export function cloneCommand(): Command {
	const command = createCommand(
		"clone",
		"Make a checkout of a repository: a device, a server, another checkout, an unpacked export or a package.",
		"pvpkg clone http://192.168.1.20:12368/cgi-bin my-device\npvpkg clone 192.168.1.20#web web",
	)
		.argument("<repository>", REPOSITORY_HELP)
		.argument("[dir]", "checkout to make (default: the last name of the repository)");
	return addRepositoryOptions(command).action(
		action(async (session, flags: RepositoryFlags, place: string, given?: string) => {
			const directory = given ?? directoryOf(place);
			const { terminal, temporaryDirectory } = session;
			const options = receiveOptions(session, flags);
			const state = await cloneRepository({ place, directory, temporaryDirectory, ...options });
			terminal.report<"clone">(directory, { repository: place, directory, keys: state.size });
		}),
	);
}

function directoryOf(place: string): string {
	const path = place.replace(/#[^#]*$/, "").replace(/\/+$/, "");
	const isDevice = isRemoteAddress(place) && !/^https?:\/\/[^/]+\/(?!cgi-bin)/i.test(path);
	const name = basename(path).replace(/\.(tgz|tar|tar\.gz)$/, "");
	if (!isDevice && name !== "" && name !== ".pvr" && name !== "..") return name;
	throw new UsageError(`clone ${place}: expected a directory with it`);
}
