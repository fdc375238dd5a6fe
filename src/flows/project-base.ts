import { type Below, BuildError, makeRoot, type Run } from "../container/index.js";
import { placeBelow, readFileIfPresent } from "../ground/files/index.js";
import { type ArchLabel, labelPlatform } from "../pantavisor/project/index.js";
import { parseSourceManifest, type SourceManifest } from "../pantavisor/source/index.js";
import type { ProjectSource } from "./lock/index.js";

/** Returns the base of a container: another container of the project, made from the image that both record. */
export function belowOf(run: Run, label: ArchLabel, above: ProjectSource, base: string): Below {
	const path = placeBelow(above.directory, `${base}/src.json`);
	const manifest = readManifest(path);
	const { dockerDigest } = above.manifest;
	if (manifest === undefined || manifest.dockerDigest !== dockerDigest || manifest.base !== undefined) {
		const reason = `expected a container with docker_digest ${dockerDigest} and without a base of its own`;
		throw new BuildError("ERR_BUILD_SOURCE", `${above.path}: base ${base}: ${reason}`);
	}
	return {
		manifest,
		settle: async () => ({
			image: await makeRoot(run, manifest, {
				subject: path,
				platforms: [labelPlatform(label)],
				device: labelPlatform(label),
			}),
			unchanged: false,
		}),
	};
}

function readManifest(path: string): SourceManifest | undefined {
	const text = readFileIfPresent(path);
	return text && parseSourceManifest(text, path);
}
