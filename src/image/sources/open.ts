import type { ImageSource, Reference } from "../oci/index.js";
import { openContainersDirectory } from "./containers-directory.js";
import type { SourceContext } from "./context.js";
import { openDockerArchive } from "./docker-archive.js";
import { openDockerDaemon } from "./docker-daemon.js";
import { SourceError } from "./errors.js";
import type { ImageLocation } from "./location.js";
import { withMeantPrefix } from "./naming.js";
import { openOciArchive, openOciLayout } from "./oci-layout.js";

export interface ImageSourceContext extends SourceContext {
	/** The registry's part: this room does not know it. */
	readonly openRegistry: (reference: Reference) => ImageSource | Promise<ImageSource>;
}

/**
 * Opens the image that a location names. Where its prefix is not the one that the path needs, the error names
 * that one.
 * @throws whatever its kind throws: SourceError, OciError, …
 */
export async function openImageSource(
	location: ImageLocation,
	context: ImageSourceContext,
): Promise<ImageSource> {
	try {
		return await openLocation(location, context);
	} catch (error) {
		throw await withMeantPrefix(error, location, context);
	}
}

async function openLocation(location: ImageLocation, context: ImageSourceContext): Promise<ImageSource> {
	switch (location.kind) {
		case "registry":
			return await context.openRegistry(location.reference);
		case "oci":
			return await openOciLayout(location.path, location.tag, context);
		case "oci-archive":
			return await openOciArchive(location.path, location.tag, context);
		case "docker-archive":
			return await openDockerArchive(location.path, location.tag, context);
		case "containers-dir":
			return await openContainersDirectory(location.path);
		case "docker-daemon":
			return await openDockerDaemon(location.name, context);
	}
}

/**
 * Opens the first source that works, as pvr's `--source remote,local` does: a failure of an
 * earlier one is a note. @throws what the last one throws.
 */
export async function openFirstSource(
	openings: readonly (() => Promise<ImageSource>)[],
	onNote: (message: string) => void,
): Promise<ImageSource> {
	for (const [at, open] of openings.entries()) {
		try {
			return await open();
		} catch (error) {
			if (at === openings.length - 1 || (error as Error).name === "AbortError") throw error;
			onNote((error as Error).message);
		}
	}
	throw new SourceError("ERR_LOCATION", "open image: expected at least one source");
}
