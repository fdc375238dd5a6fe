import { listCandidates } from "./candidates.js";
import type { Descriptor, Digest, ImageSource } from "./nouns.js";

/** Returns a source whose name stands for one manifest or index. */
export function startingAt(source: ImageSource, digest: Digest): ImageSource {
	return {
		name: source.name,
		local: source.local,
		fetchManifest: (wanted, signal) => source.fetchManifest(wanted ?? digest, signal),
		openBlob: (descriptor: Descriptor, signal, offset) => source.openBlob(descriptor, signal, offset),
		close: () => source.close(),
	};
}

/**
 * Returns the digests of the images that an index names, including those in nested indexes.
 * @throws OciError for an index that cannot be read; whatever fetching it throws.
 */
export async function imagesOfIndex(
	source: ImageSource,
	index: Digest,
	signal?: AbortSignal,
): Promise<ReadonlySet<Digest>> {
	const { candidates } = await listCandidates(startingAt(source, index), signal);
	return new Set(candidates.map(({ digest }) => digest));
}
