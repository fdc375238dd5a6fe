import type { Command } from "commander";
import type { Checkout, LocalOptions, PlaceName, ReceiveRequest } from "../internal.js";
import { formatCounted, readPlace } from "../internal.js";
import { UsageError } from "./errors.js";
import { addPackageOptions, type PackageFlags, packageReadOptions } from "./package-options.js";
import { addServerOptions, type ServerFlags, serverOptions } from "./server-options.js";
import type { Session } from "./session.js";

export interface RepositoryFlags extends ServerFlags, PackageFlags {}

/** Help of a REPOSITORY argument that is read. */
export const REPOSITORY_HELP: string =
	"repository: URL, IP address of a device, checkout, its .pvr, unpacked export or package; #a,b,-c chooses parts";
/** Help of a REPOSITORY argument on a server. */
export const REMOTE_HELP: string =
	"repository on a server: URL, or IP address of a device; #a,b,-c chooses parts (default: where it came from)";

/** Adds the options of every command that reads or writes repositories. */
export function addRepositoryOptions(command: Command): Command {
	return addServerOptions(addPackageOptions(command));
}

/** How packages and directories are read. */
function localOptions(session: Session, flags: RepositoryFlags): LocalOptions {
	return { objectStores: session.objectStores, package: packageReadOptions(session, flags) };
}

/** Returns the options of everything that receives a state. */
export function receiveOptions(
	session: Session,
	flags: RepositoryFlags,
): Pick<ReceiveRequest, "local" | "server" | "onObject"> {
	return {
		local: localOptions(session, flags),
		server: serverOptions(session, flags),
		onObject: objectNote(session),
	};
}

/** Returns a function that prints the progress of a transfer, at most once for each tenth. */
export function objectNote({ terminal }: Session): (done: number, total: number) => void {
	let said = 0;
	return (done, total) => {
		const tenths = Math.floor((10 * done) / total);
		if (tenths === said) return;
		said = tenths;
		terminal.info(`${done} of ${formatCounted(total, "object")}`);
	};
}

/** Returns the given place, else the one that the checkout recorded. @throws UsageError without either. */
export function placeOf(checkout: Checkout, given: string | undefined, name: PlaceName): string {
	const place = given ?? readPlace(checkout.directory, name);
	if (place !== undefined) return place;
	throw new UsageError(`expected a repository, as .pvr/config has no ${name}`);
}
