import type { Command } from "commander";
import { receiveState } from "../../internal.js";
import { action, createCommand } from "../command.js";
import { withCheckout } from "../package-input.js";
import {
	addRepositoryOptions,
	placeOf,
	REPOSITORY_HELP,
	type RepositoryFlags,
	receiveOptions,
} from "../repository-options.js";
import type { Session } from "../session.js";

export function getCommand(): Command {
	const command = createCommand(
		"get",
		"Fetch the state of a repository, or parts of it, into this checkout; 'pvpkg checkout' puts files in place.",
		"pvpkg get 192.168.1.20#web,_sigs/web.json && pvpkg checkout\npvpkg get ../other/.pvr",
	).argument("[repository]", `${REPOSITORY_HELP} (default: where it came from)`);
	return addRepositoryOptions(command).action(
		action((session, flags: RepositoryFlags, place?: string) => receive(session, flags, place, "replace")),
	);
}

export function mergeCommand(): Command {
	const command = createCommand(
		"merge",
		"Merge the state of a repository, or parts of it, into that of this checkout, member by member.",
		"pvpkg merge ../overlay/.pvr && pvpkg checkout",
	).argument("[repository]", `${REPOSITORY_HELP} (default: where it came from)`);
	return addRepositoryOptions(command).action(
		action((session, flags: RepositoryFlags, place?: string) => receive(session, flags, place, "merge")),
	);
}

function receive(
	session: Session,
	flags: RepositoryFlags,
	given: string | undefined,
	mode: "replace" | "merge",
): Promise<void> {
	return withCheckout(session, async (checkout) => {
		const place = placeOf(checkout, given, "DefaultGetUrl");
		const state = await receiveState(checkout, { place, mode, ...receiveOptions(session, flags) });
		session.terminal.info('received; "pvpkg checkout" puts the files in place');
		session.terminal.result<"get">("", { repository: place, keys: state.size });
	});
}
