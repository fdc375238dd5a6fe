import { openFileContent } from "../../ground/files/index.js";
import { openPackage, type PackageReadOptions } from "../../pantavisor/package/index.js";
import type { ComparedPackage } from "./package.js";

/** Opens a package file for a comparison; `close` frees its files. @throws what `openPackage` throws. */
export async function openCompared(
	path: string,
	options: PackageReadOptions,
): Promise<ComparedPackage & { close(): void }> {
	const { archive, state, objects, close } = await openPackage(path, options);
	const file = openFileContent(path);
	return {
		...{ file, archive, state, objects },
		close() {
			file.close();
			close();
		},
	};
}
