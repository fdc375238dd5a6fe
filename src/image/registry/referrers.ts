import { parseJson, plainJson } from "../../ground/json/index.js";
import {
	type Descriptor,
	type Digest,
	digestBytes,
	type FetchedManifest,
	type ImageSource,
	MAX_MANIFEST_SIZE,
	OCI_INDEX,
} from "../oci/index.js";
import { RegistryError } from "./errors.js";
import { fetchManifest } from "./manifest.js";
import { nextPage } from "./next-page.js";
import type { ConnectedSource } from "./registry.js";
import { readBody, responseError } from "./response.js";
import { withRetries } from "./retry.js";
import type { Session } from "./session.js";
import type { Settings } from "./settings.js";

const MAX_PAGES = 100;

/** Status codes of registries that do not know the address of referrers. */
const NOT_OFFERED: ReadonlySet<number> = new Set([400, 404, 405, 501]);

/**
 * Returns what refers to an image, as a source: its root document is the index of all referrers (distribution
 * specification 1.1), and the manifests in it are fetched by digest. If a registry does not offer such lists, the
 * tag `sha256-HEX` is used, where clients store the list instead.
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
	const pages: Uint8Array[] = [];
	let url: URL | undefined = await session.endpoint.url(`referrers/${digest}`);
	while (url !== undefined) {
		if (pages.length === MAX_PAGES) throw pageError(subject, `expected at most ${MAX_PAGES} pages`);
		const page = await fetchPage(session, url, subject, settings, signal);
		if (page === undefined) {
			const tag = digest.replace(":", "-");
			return fetchManifest(session, { reference: tag, digest: undefined, subject, signal }, settings);
		}
		pages.push(page.bytes);
		url = nextPage(page.link, url, (reason) => pageError(subject, reason));
	}
	const bytes = pages.length === 1 ? pages[0]! : joinPages(pages, subject);
	return { descriptor: { mediaType: OCI_INDEX, digest: digestBytes(bytes), size: bytes.length }, bytes };
}

/** Fetches one page; undefined if the registry does not offer such lists. */
async function fetchPage(
	session: Session,
	url: URL,
	subject: string,
	settings: Settings,
	signal: AbortSignal | undefined,
): Promise<{ readonly bytes: Uint8Array; readonly link: readonly string[] } | undefined> {
	return withRetries(settings, signal, async () => {
		const response = await session.send({ method: "GET", url, headers: { accept: OCI_INDEX }, signal });
		if (response.status === 200) {
			const bytes = await readBody(response, MAX_MANIFEST_SIZE, subject);
			return { bytes, link: response.header("link") };
		}
		if (!NOT_OFFERED.has(response.status))
			throw await responseError(response, { action: "list", subject }, settings);
		await response.discard();
		return undefined;
	});
}

/** Joins the lists of several pages into one index, which may be as large as any other index. */
function joinPages(pages: readonly Uint8Array[], subject: string): Uint8Array {
	const manifests = pages.flatMap((bytes) => {
		const page = plainJson(parseJson(bytes, subject)) as { readonly manifests?: unknown } | null;
		if (Array.isArray(page?.manifests)) return page.manifests as unknown[];
		throw pageError(subject, "expected an index");
	});
	const joined = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
	if (joined.length <= MAX_MANIFEST_SIZE) return joined;
	throw pageError(subject, `expected at most ${MAX_MANIFEST_SIZE} bytes in all`);
}

function pageError(subject: string, reason: string): RegistryError {
	return new RegistryError("ERR_REGISTRY_RESPONSE", `${subject}: list: ${reason}`);
}
