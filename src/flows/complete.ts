import { complete, isComplete, type RunSettings } from "../container/index.js";
import type { SourceManifest } from "../pantavisor/source/index.js";
import { withRun } from "./run.js";

/**
 * Returns a src.json that can be rendered: as it is when it has `docker_config`, else with the
 * configuration of the image that it records.
 * @param subject the file, for messages.
 * @throws BuildError ERR_BUILD_SOURCE when it names no image.
 */
export async function completeSource(
	source: SourceManifest,
	settings: RunSettings,
	subject: string,
): Promise<SourceManifest> {
	return isComplete(source) ? source : withRun(settings, (run) => complete(run, source, subject));
}
