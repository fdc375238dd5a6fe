import { type Command, Option } from "commander";
import {
	DeviceClient,
	encodeIndentedJson,
	encodeState,
	type JsonValue,
	plainJson,
	runRevision,
	sortJson,
	withServer,
} from "../../internal.js";
import { action, createCommand, createGroup } from "../command.js";
import { UsageError } from "../errors.js";
import { numberOption } from "../option-values.js";
import {
	addServerOptions,
	DEVICE_HELP,
	parseDevice,
	type ServerFlags,
	serverOptions,
} from "../server-options.js";
import type { Session } from "../session.js";
import { formatTable } from "../terminal.js";
import { formatRevisionProgress, revisionEvents } from "./push.js";

export function deviceCommand(): Command {
	return createGroup("device", "Look at a device.", "pvpkg device state 192.168.1.20")
		.addCommand(stateCommand())
		.addCommand(statusCommand())
		.addCommand(logsCommand())
		.addCommand(containersCommand())
		.addCommand(runCommand());
}

/** A command of the group, with DEVICE as its first argument. */
function deviceSubcommand(name: string, summary: string, example: string): Command {
	return addServerOptions(createCommand(name, summary, example).argument("<device>", DEVICE_HELP));
}

/** Runs `use` with a client of the device that `text` names. */
function withDevice<T>(
	session: Session,
	flags: ServerFlags,
	text: string,
	use: (device: DeviceClient) => Promise<T>,
): Promise<T> {
	const { url } = parseDevice(text, session);
	return withServer(url, serverOptions(session, flags), (client) =>
		use(new DeviceClient(client, session.signal)),
	);
}

function stateCommand(): Command {
	return deviceSubcommand(
		"state",
		"Print the state that a device runs.",
		"pvpkg device state 192.168.1.20 > state.json",
	)
		.option("-c, --canonical", "print it canonically, as signatures cover it")
		.action(
			action((session, flags: ServerFlags & { canonical?: boolean }, text: string) =>
				withDevice(session, flags, text, async (device) => {
					const state = await device.state();
					const value: JsonValue = new Map(state);
					const shown = flags.canonical ? encodeState(state) : encodeIndentedJson(sortJson(value), "    ");
					session.terminal.result<"device state">(shown, { state: plainJson(value) });
				}),
			),
		);
}

function statusCommand(): Command {
	return deviceSubcommand(
		"status",
		"Print the progress of a revision on a device.",
		"pvpkg device status 192.168.1.20 locals/pvtx-1721068626-f9ee123b-913",
	)
		.argument("<revision>", "name of the revision, as push prints it")
		.action(
			action((session, flags: ServerFlags, text: string, revision: string) =>
				withDevice(session, flags, text, async (device) => {
					const progress = await device.status(checkRevision(revision));
					const line = progress === undefined ? "nothing is known" : formatRevisionProgress(progress);
					session.terminal.result<"device status">(line, { revision, progress });
				}),
			),
		);
}

function logsCommand(): Command {
	return deviceSubcommand(
		"logs",
		"Print logs of a device: those of Pantavisor itself, or of a container.",
		"pvpkg device logs 192.168.1.20 --source web --lines 50",
	)
		.option("--rev <revision>", "revision (default: the running one)")
		.option("--source <container>", "container (default: Pantavisor itself)")
		.addOption(new Option("--lines <n>", "only the last lines").argParser(numberOption("--lines")))
		.action(
			action(
				(session, flags: ServerFlags & { rev?: string; source?: string; lines?: number }, text: string) =>
					withDevice(session, flags, text, async (device) => {
						const { rev, source, lines } = flags;
						const tail = lines === undefined ? {} : { tail: "true" as const, tailn: String(lines) };
						const logs = await device.logs({ rev, source, ...tail });
						session.terminal.result<"device logs">(logs, { logs });
					}),
			),
		);
}

/** Members that are printed; devices report more, some of it confidential. */
const COLUMNS = ["name", "group", "status", "status_goal", "restart_policy"] as const;

function containersCommand(): Command {
	return deviceSubcommand(
		"containers",
		"Print the containers that a device runs, and their status.",
		"pvpkg device containers 192.168.1.20",
	).action(
		action((session, flags: ServerFlags, text: string) =>
			withDevice(session, flags, text, async (device) => {
				const listed = plainJson(await device.containers());
				const containers = (Array.isArray(listed) ? listed : []).map(publicContainer);
				const rows = containers.map((one) => COLUMNS.map((name) => one[name] ?? "-"));
				session.terminal.result<"device containers">(
					formatTable([COLUMNS.map((name) => name.toUpperCase()), ...rows]),
					{
						containers,
					},
				);
			}),
		),
	);
}

function publicContainer(container: unknown): Partial<Record<(typeof COLUMNS)[number], string>> {
	const members = Object.entries((container ?? {}) as Record<string, unknown>);
	const names: readonly string[] = COLUMNS;
	return Object.fromEntries(
		members.filter(([name, value]) => names.includes(name) && typeof value === "string"),
	);
}

function runCommand(): Command {
	return deviceSubcommand(
		"run",
		"Make a device run a revision that it holds, and wait until it has accepted it or rolled back.",
		"pvpkg device run 192.168.1.20 locals/pvtx-1721068626-f9ee123b-913",
	)
		.argument("<revision>", "name of the revision, as push --no-run prints it")
		.addOption(
			new Option("--wait <seconds>", "longest time to wait for the device (default: 900)").argParser(
				numberOption("--wait"),
			),
		)
		.action(
			action((session, flags: ServerFlags & { wait?: number }, text: string, revision: string) =>
				withDevice(session, flags, text, async (device) => {
					const { terminal } = session;
					const progress = await runRevision(
						device,
						checkRevision(revision),
						{ wait: (flags.wait ?? 900) * 1000, signal: session.signal },
						revisionEvents(session),
					);
					terminal.report<"device run">(`${revision} runs`, { revision, progress });
				}),
			),
		);
}

function checkRevision(text: string): string {
	if (/^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$/.test(text)) return text;
	throw new UsageError(`${text}: expected the name of a revision, such as locals/pvtx-1-2-3`);
}
