import {
	DeviceClient,
	isRemoteAddress,
	type State,
	type VerifyOptions,
	verifyAgainst,
	withServer,
} from "../internal.js";
import { withPackageInput } from "./package-input.js";
import { parseDevice, type ServerFlags, serverOptions } from "./server-options.js";
import type { Session } from "./session.js";
import type { VerifiedInput } from "./verify-report.js";

/** Help of `--against`. */
export const AGAINST_HELP: string =
	"also check the state that a device with this one would have afterwards: .json, checkout, package, or address of the device";

/** Reads the state of `--against`. */
export async function readRunningState(session: Session, flags: ServerFlags, place: string): Promise<State> {
	if (!isRemoteAddress(place)) return withPackageInput(place, session, {}, async ({ state }) => state);
	const { url } = parseDevice(place, session);
	return withServer(url, serverOptions(session, flags), (client) =>
		new DeviceClient(client, session.signal).state(),
	);
}

/** Adds what a package changes on a device that runs a state. */
export async function withAgainst(
	{ path, report }: VerifiedInput,
	running: State,
	incoming: State,
	options: VerifyOptions,
): Promise<VerifiedInput> {
	const against = await verifyAgainst(running, [incoming], options);
	const findings = [...report.findings, ...against.findings];
	return { path, against, report: { ...report, ok: report.ok && against.ok, findings } };
}
