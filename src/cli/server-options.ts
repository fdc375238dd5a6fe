import { type Command, Option } from "commander";
import { parseRemoteAddress, type RemoteAddress, type ServerOptions } from "../internal.js";
import { UsageError } from "./errors.js";
import { collectHosts } from "./image-options.js";
import { inGroup } from "./option-group.js";
import { collect, numberOption } from "./option-values.js";
import { isSwitchedOn } from "./pvr-variables.js";
import type { Session } from "./session.js";

/** How to talk to a device or another server of the user. */
export interface ServerFlags {
	readonly header?: readonly string[];
	readonly caFile?: string;
	readonly insecure?: boolean | readonly string[];
	readonly retries?: number;
	/** Seconds. */
	readonly timeout?: number;
}

/** Help of a DEVICE argument. */
export const DEVICE_HELP: string =
	"address of the device: http[s]://HOST[:PORT], or an IP address (port 12368)";

/** Adds the options of every command that talks to a device or to a repository on a server. */
export function addServerOptions(command: Command): Command {
	const option = (flags: string, text: string) => new Option(flags, text);
	return inGroup(command, "Server:", (group) =>
		group
			.option(
				"--header <NAME: VALUE>",
				"send this header with every request to the server (repeatable)",
				collect,
			)
			.option("--ca-file <file>", "PEM certificates of authorities to trust as well")
			.option("--insecure [host]", "allow unknown certificates (repeatable)", collectHosts)
			.addOption(
				option("--retries <n>", "attempts after a failure (default: 4)").argParser(numberOption("--retries")),
			)
			.addOption(
				option("--timeout <seconds>", "longest silence of the server (default: 60)").argParser(
					numberOption("--timeout"),
				),
			),
	);
}

/** Returns how the server is talked to, from the session and the flags. */
export function serverOptions({ terminal, variables, signal }: Session, flags: ServerFlags): ServerOptions {
	return {
		headers: Object.fromEntries((flags.header ?? []).map(parseHeader)),
		env: variables,
		insecure: flags.insecure ?? isSwitchedOn(variables, "PVR_INSECURE"),
		caFile: flags.caFile,
		retries: flags.retries,
		timeout: flags.timeout === undefined ? undefined : flags.timeout * 1000,
		onWarning: (message) => terminal.warn(message),
		onDebug: (message) => terminal.debug(message),
		signal,
	};
}

/** Parses DEVICE; warns once if nothing protects what is sent. */
export function parseDevice(text: string, { terminal }: Session): RemoteAddress {
	const address = parseRemoteAddress(text);
	if (address.url.protocol === "http:") {
		terminal.info(
			`${address.url.host}: plain HTTP: whoever is on this network can read and change what is sent`,
		);
	}
	return address;
}

function parseHeader(text: string): [name: string, value: string] {
	const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e]*)$/.exec(text) ?? [];
	if (name !== undefined && value !== undefined) return [name.toLowerCase(), value];
	throw new UsageError("--header: expected 'Name: value' in ASCII");
}
