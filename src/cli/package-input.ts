import {
	type Checkout,
	isDirectory,
	openPackage,
	parseState,
	readCheckout,
	type Verifiable,
} from "../index.js";
import { readInput } from "./app-options.js";
import type { Session } from "./session.js";

/** A package, a checkout or a state by itself, opened for reading. */
export interface PackageInput extends Verifiable {
	readonly kind: "package" | "checkout" | "state";
	readonly path: string;
	close(): void;
}

/** Opens what a path leads to: a directory is a checkout, `.json` a state, anything else a package. */
async function openPackageInput(path: string, session: Session): Promise<PackageInput> {
	if (isDirectory(path)) {
		return { kind: "checkout", path, ...readCheckout(path) };
	}
	if (path.endsWith(".json")) {
		const text = readInput(path);
		return { kind: "state", path, state: parseState(text, path), text, close() {} };
	}
	const { temporaryDirectory } = session;
	return { kind: "package", path, ...(await openPackage(path, { temporaryDirectory })) };
}

/** Opens it for as long as `use` takes. */
export async function withPackageInput<T>(
	path: string,
	session: Session,
	use: (input: PackageInput) => Promise<T>,
): Promise<T> {
	const input = await openPackageInput(path, session);
	try {
		return await use(input);
	} finally {
		input.close();
	}
}

/** Opens the checkout of this directory for as long as `use` takes. */
export async function withCheckout<T>(use: (checkout: Checkout) => Promise<T> | T): Promise<T> {
	const checkout = readCheckout(".");
	try {
		return await use(checkout);
	} finally {
		checkout.close();
	}
}
