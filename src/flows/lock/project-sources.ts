import { listDirectory, placeBelow, readFileIfPresent } from "../../ground/files/index.js";
import { parseSourceManifest, type SourceManifest } from "../../pantavisor/source/index.js";

/** A container of a project. */
export interface ProjectSource {
	/** `pvpkg/ARCH` */
	readonly directory: string;
	readonly name: string;
	/** Of its `src.json`. */
	readonly path: string;
	readonly manifest: SourceManifest;
}

/** Returns the containers of an architecture, in byte order of their names. */
export function listContainers(directory: string): ProjectSource[] {
	return listDirectory(directory).flatMap((name) => {
		const path = placeBelow(directory, `${name}/src.json`);
		const text = readFileIfPresent(path);
		return text === undefined ? [] : [{ directory, name, path, manifest: parseSourceManifest(text, path) }];
	});
}
