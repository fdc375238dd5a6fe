import { type Command, Option } from "commander";
import {
	formatCounted,
	isJsonObject,
	type JsonObject,
	type JsonValue,
	parseJson,
	postState,
	putObjects,
	putState,
	readCommitMessage,
} from "../../internal.js";
import {
	type ArchitectureFlags,
	addArchitectureOptions,
	checkSentPrograms,
} from "../architecture-options.js";
import { action, createCommand } from "../command.js";
import { UsageError } from "../errors.js";
import { numberOption } from "../option-values.js";
import { withCheckout } from "../package-input.js";
import {
	addRepositoryOptions,
	objectNote,
	placeOf,
	REMOTE_HELP,
	type RepositoryFlags,
} from "../repository-options.js";
import { serverOptions } from "../server-options.js";

interface PublishFlags extends RepositoryFlags, ArchitectureFlags {
	readonly force?: boolean;
}

interface PostFlags extends PublishFlags {
	readonly message?: string;
	/** pvr's name of --message. */
	readonly commitMsg?: string;
	readonly envelope?: JsonObject;
	readonly rev?: number;
}

const FORCE_HELP = "announce and send also the objects that the server has";

export function postCommand(): Command {
	const command = createCommand(
		"post",
		"Send the committed state to a server as a new revision, such as to a device, which then runs it.",
		"pvpkg post http://192.168.1.20:12368 -m 'web 1.4'",
	)
		.argument("[repository]", REMOTE_HELP)
		.option(
			"-m, --message <text>",
			"message of the revision (default: that of the envelope, or of the last commit)",
		)
		.addOption(new Option("--commit-msg <text>").hideHelp())
		.addOption(
			new Option("--rev <n>", "number of the revision (default: the next one)").argParser(
				numberOption("--rev"),
			),
		)
		.addOption(
			new Option("-e, --envelope <json>", "other members of what is posted: a JSON object").argParser(
				parseEnvelope,
			),
		)
		.option("-f, --force", FORCE_HELP);
	return addRepositoryOptions(addArchitectureOptions(command)).action(
		action((session, flags: PostFlags, given?: string) =>
			withCheckout(session, async (checkout) => {
				checkSentPrograms(session, checkout, flags);
				const place = placeOf(checkout, given, "DefaultPostUrl");
				const { state, objects } = checkout;
				const server = serverOptions(session, flags);
				const { rev: revision, envelope, force } = flags;
				const message = postMessage(flags, () => readCommitMessage(checkout.directory));
				const request = { place, state, objects, server, message, revision, envelope, force };
				const posted = await postState({ ...request, onObject: objectNote(session) });
				session.terminal.report<"post">(posted.revision, { repository: place, revision: posted.revision });
			}),
		),
	);
}

/** Returns the message to post; undefined where the envelope has its own. */
function postMessage({ message, commitMsg, envelope }: PostFlags, last: () => string): string | undefined {
	const given = message ?? commitMsg;
	if (given !== undefined || envelope?.has("commit-msg")) return given;
	return last();
}

/** @throws UsageError */
function parseEnvelope(text: string): JsonObject {
	const value = parseFlagJson(text);
	if (isJsonObject(value)) return value;
	throw new UsageError(`--envelope: ${JSON.stringify(text)}: expected a JSON object, such as {"note":"a"}`);
}

function parseFlagJson(text: string): JsonValue | undefined {
	try {
		return parseJson(text, "--envelope");
	} catch {
		return undefined;
	}
}

export function putCommand(): Command {
	const command = createCommand(
		"put",
		"Replace the state of a repository on a server, or parts of it, with the committed state.",
		"pvpkg put https://repo.example/team/device",
	)
		.argument("[repository]", REMOTE_HELP)
		.option("-f, --force", FORCE_HELP);
	return addRepositoryOptions(addArchitectureOptions(command)).action(
		action((session, flags: PublishFlags, given?: string) =>
			withCheckout(session, async (checkout) => {
				checkSentPrograms(session, checkout, flags);
				const place = placeOf(checkout, given, "DefaultPutUrl");
				const { state, objects } = checkout;
				const server = serverOptions(session, flags);
				const { force } = flags;
				await putState({ place, state, objects, server, force, onObject: objectNote(session) });
				session.terminal.report<"put">(place, { repository: place, keys: state.size });
			}),
		),
	);
}

export function putObjectsCommand(): Command {
	const command = createCommand(
		"putobjects",
		"Upload the objects of the committed state to a server's address of objects.",
		"pvpkg putobjects https://repo.example/team/device/objects",
	).argument("<url>", "address of objects, as objects-endpoint of .pvrremote has it");
	return addRepositoryOptions(command).action(
		action((session, flags: RepositoryFlags, place: string) =>
			withCheckout(session, async ({ state, objects }) => {
				const server = serverOptions(session, flags);
				const sent = await putObjects({ place, state, objects, server, onObject: objectNote(session) });
				session.terminal.report<"putobjects">(`${formatCounted(sent, "object")} sent`, { url: place, sent });
			}),
		),
	);
}
