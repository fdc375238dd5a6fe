import {
	type Checkout,
	isDirectory,
	type OpenedRepository,
	openPackage,
	openRepository,
	openSoundPackage,
	parseState,
	readArchive,
	readCheckout,
	restoreInterrupted,
	type Verifiable,
} from "../internal.js";
import { readInput } from "./app-options.js";
import { type PackageFlags, packageReadOptions } from "./package-options.js";
import type { Session } from "./session.js";

/** A package, a checkout or a state by itself, opened for reading. */
export interface PackageInput extends Verifiable {
	readonly kind: "package" | "checkout" | "state";
	readonly path: string;
	close(): void;
}

/** How packages are opened: `verify` reports what is wrong with their form, other commands refuse it. */
export interface InputOptions extends PackageFlags {
	readonly sound?: boolean;
}

/** Opens what a path leads to: a directory is a checkout, `.json` a state, anything else a package. */
async function openPackageInput(
	path: string,
	session: Session,
	options: InputOptions,
): Promise<PackageInput> {
	restoreInterrupted(path);
	if (isDirectory(path)) {
		return { kind: "checkout", path, ...readCheckout(path, session) };
	}
	if (path.endsWith(".json")) {
		const text = readInput(path);
		return { kind: "state", path, state: parseState(text, path), text, close() {} };
	}
	const open = options.sound ? openSoundPackage : openPackage;
	return { kind: "package", path, ...(await open(path, packageReadOptions(session, options))) };
}

/** Opens it for as long as `use` takes. */
export async function withPackageInput<T>(
	path: string,
	session: Session,
	options: InputOptions,
	use: (input: PackageInput) => Promise<T>,
): Promise<T> {
	const input = await openPackageInput(path, session, options);
	try {
		return await use(input);
	} finally {
		input.close();
	}
}

/** A state with its objects that a command takes over: of a package, or of a directory as pvr takes it. */
export async function openSource(
	session: Session,
	flags: PackageFlags,
	path: string,
): Promise<OpenedRepository> {
	if (isDirectory(path)) return openRepository(path, session);
	return readArchive(path, packageReadOptions(session, flags));
}

/** Opens the checkout of this directory for as long as `use` takes. */
export async function withCheckout<T>(
	session: Session,
	use: (checkout: Checkout) => Promise<T> | T,
): Promise<T> {
	const checkout = readCheckout(".", session);
	try {
		return await use(checkout);
	} finally {
		checkout.close();
	}
}
