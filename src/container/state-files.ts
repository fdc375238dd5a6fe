import { listFilesBelow, placeBelow, readFileIfPresent } from "../ground/files/index.js";
import { type StateFile, stateFile } from "../pantavisor/package/index.js";

/**
 * Files below a directory, by their path in it, as pvr tracks them.
 * @param leftOut paths to skip, because pvpkg makes these files.
 */
export function readStateFiles(directory: string, leftOut: readonly string[] = []): Map<string, StateFile> {
	const paths = listFilesBelow(directory).filter((path) => !leftOut.includes(path));
	return new Map(
		paths.map((path) => {
			const place = placeBelow(directory, path);
			return [path, stateFile(place, readFileIfPresent(place)!)] as const;
		}),
	);
}
