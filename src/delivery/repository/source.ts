import { isDirectory } from "../../ground/files/index.js";
import {
	type CheckoutReadOptions,
	type OpenedRepository,
	openRepository,
} from "../../pantavisor/checkout/index.js";
import { openSoundPackage, type PackageReadOptions } from "../../pantavisor/package/index.js";

/** How repositories and packages on disk are read. */
export interface LocalOptions extends CheckoutReadOptions {
	readonly package: PackageReadOptions;
}

/**
 * Opens what a path leads to: a directory as pvr takes it for a repository, or a package file.
 * @throws what `openRepository` and `openSoundPackage` throw.
 */
export async function openLocalSource(path: string, options: LocalOptions): Promise<OpenedRepository> {
	if (isDirectory(path)) return openRepository(path, options);
	return openSoundPackage(path, options.package);
}
