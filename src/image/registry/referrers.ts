import {
	type Descriptor,
	type Digest,
	digestBytes,
	type FetchedManifest,
	type ImageSource,
	MAX_MANIFEST_SIZE,
	OCI_INDEX,
} from "../oci/index.js";
import { fetchManifest } from "./manifest.js";
import type { ConnectedSource } from "./registry.js";
import { readBody, responseError } from "./response.js";
import { withRetries } from "./retry.js";
import type { Session } from "./session.js";
import type { Settings } from "./settings.js";

/** Statuses of registries that do not know the address of referrers. */
const NOT_OFFERED: ReadonlySet<number> = new Set([400, 404, 405, 501]);

/**
 * What refers to an image, as a source: its root document is the index of all that does (distribution specification
 * 1.1), the manifests that it lists are fetched by digest. Where a registry does not offer such lists, the tag counts
 * that clients keep in their place, `sha256-HEX`.
 */
export function referrersSource(source: ConnectedSource, digest: Digest, settings: Settings): ImageSource {
	return {
		name: `${source.name} (referrers)`,
		fetchManifest: (wanted, signal) =>
			wanted === undefined
				? source.ask((session) => fetchReferrers(session, digest, settings, signal), signal)
				: source.fetchManifest(wanted, signal),
		openBlob: (descriptor: Descriptor, signal, offset) => source.openBlob(descriptor, signal, offset),
		close: () => source.close(),
	};
}

async function fetchReferrers(
	session: Session,
	digest: Digest,
	settings: Settings,
	signal: AbortSignal | undefined,
): Promise<FetchedManifest> {
	const subject = `${session.endpoint.host}/${session.endpoint.repository}: referrers of ${digest}`;
	const bytes = await withRetries(settings, signal, async () => {
		const url = await session.endpoint.url(`referrers/${digest}`);
		const response = await session.send({ method: "GET", url, headers: { accept: OCI_INDEX }, signal });
		if (response.status === 200) return readBody(response, MAX_MANIFEST_SIZE, subject);
		if (!NOT_OFFERED.has(response.status)) throw await responseError(response, "list", subject, settings);
		await response.discard();
		return undefined;
	});
	if (bytes !== undefined) {
		return { descriptor: { mediaType: OCI_INDEX, digest: digestBytes(bytes), size: bytes.length }, bytes };
	}
	const tag = digest.replace(":", "-");
	return fetchManifest(session, { reference: tag, digest: undefined, subject, signal }, settings);
}
