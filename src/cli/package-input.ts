import {
	type Checkout,
	isDirectory,
	type OpenedRepository,
	withPackageInput as openPackageInput,
	openRepository,
	openSoundPackage,
	type PackageInput,
	readCheckout,
} from "../internal.js";
import { type PackageFlags, packageReadOptions } from "./package-options.js";
import type { Session } from "./session.js";

/** How packages are opened: `verify` reports what is wrong with their form, other commands refuse it. */
interface InputOptions extends PackageFlags {
	readonly sound?: boolean;
}

/** Opens what a path leads to for as long as `use` takes. */
export async function withPackageInput<T>(
	path: string,
	session: Session,
	options: InputOptions,
	use: (input: PackageInput) => Promise<T>,
): Promise<T> {
	const { objectStores } = session;
	const { sound } = options;
	return openPackageInput(path, { ...packageReadOptions(session, options), objectStores, sound }, use);
}

/**
 * Opens the state and objects of a package, or of a directory that pvr accepts. The caller checks the bytes
 * of objects.
 */
export async function openSource(
	session: Session,
	flags: PackageFlags,
	path: string,
): Promise<OpenedRepository> {
	if (isDirectory(path)) return openRepository(path, session);
	return openSoundPackage(path, packageReadOptions(session, flags));
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
