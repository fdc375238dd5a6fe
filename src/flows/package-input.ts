import { join } from "node:path";
import { BytesError, displayByteString, PvpkgError, utf8ByteString } from "../ground/bytes/index.js";
import { isDirectory, listDirectory, readFileIfPresent, restoreInterrupted } from "../ground/files/index.js";
import { type Checkout, readCheckout } from "../pantavisor/checkout/index.js";
import { openPackage, openSoundPackage } from "../pantavisor/package/index.js";
import { parseState } from "../pantavisor/state/index.js";
import type { Verifiable } from "../verify/index.js";

/** A package, a checkout or a state by itself, opened for reading. */
export interface PackageInput extends Verifiable {
	readonly kind: "package" | "checkout" | "state";
	readonly path: string;
	/** Whether it is the whole state of a device, and not only a part. */
	readonly whole: boolean;
	close(): void;
}

/** How packages are opened. */
export interface PackageInputOptions {
	readonly temporaryDirectory: string;
	/** Where a checkout may keep objects outside of it. */
	readonly objectStores?: readonly string[] | undefined;
	/** Most bytes that a package may unpack to. */
	readonly maximumUnpacked?: number | undefined;
	/** Refuses a package that is not in the form that devices read. Default: its faults come as findings. */
	readonly sound?: boolean | undefined;
}

/** Opens what a path leads to for as long as `use` takes: a directory is a checkout, `.json` a state, anything else a package. */
export async function withPackageInput<T>(
	path: string,
	options: PackageInputOptions,
	use: (input: PackageInput) => Promise<T>,
): Promise<T> {
	const input = await openPackageInput(path, options);
	try {
		return await use({ ...input, path, whole: input.kind === "state" || input.state.has("bsp/run.json") });
	} finally {
		input.close();
	}
}

async function openPackageInput(
	path: string,
	options: PackageInputOptions,
): Promise<Omit<PackageInput, "path" | "whole">> {
	restoreInterrupted(path);
	if (isDirectory(path)) return { kind: "checkout", ...readDirectory(path, options) };
	if (path.endsWith(".json")) {
		const text = readText(path);
		return { kind: "state", state: parseState(text, path), text, close() {} };
	}
	const open = options.sound ? openSoundPackage : openPackage;
	return { kind: "package", ...(await open(path, options)) };
}

/** Reads a checkout; of another directory the error says what it is. @throws CheckoutError; JsonError */
function readDirectory(path: string, options: PackageInputOptions): Checkout {
	try {
		return readCheckout(path, options);
	} catch (error) {
		if (!(error instanceof PvpkgError) || error.code !== "ERR_CHECKOUT_NOT_FOUND") throw error;
		const message = `${error.message}${describeOther(path)}`;
		throw new PvpkgError(error.kind, error.code, message, { cause: error });
	}
}

function describeOther(path: string): string {
	const names = listDirectory(path);
	const found = names.find((name) => name.endsWith(".tgz"));
	if (found !== undefined)
		return `; it has packages, such as ${displayByteString(utf8ByteString(join(path, found)))}`;
	if (names.includes("oci-layout")) return `; it is an OCI image layout (pvpkg image inspect oci:${path})`;
	return "";
}

function readText(path: string): Uint8Array {
	const text = readFileIfPresent(path);
	if (text !== undefined) return text;
	throw new BytesError("ERR_FILE_NOT_FOUND", `${path}: read: there is no such file`);
}
