import { embeddedContent } from "./descriptor.js";
import { OciError } from "./errors.js";
import { MAX_CONFIG_SIZE, parseImageConfig } from "./image-config.js";
import { type ManifestDocument, parseManifestDocument } from "./manifest.js";
import { isIndexType, isManifestType } from "./media-type.js";
import type {
	Descriptor,
	Digest,
	FetchedManifest,
	ImageConfig,
	ImageSource,
	Index,
	Manifest,
	Platform,
} from "./nouns.js";

/** Most levels of nested indexes. buildx makes two. */
const MAX_INDEX_DEPTH = 4;
/** Most nested indexes of one image. */
const MAX_INDEXES = 64;

/** An image's manifest with its configuration. */
export interface LoadedManifest {
	readonly descriptor: Descriptor;
	readonly manifest: Manifest;
	readonly config: ImageConfig;
}

/** One image that a source offers. */
export interface Candidate {
	/** Digest of the manifest. */
	readonly digest: Digest;
	readonly platform: Platform;
	/** Whether no index names the platform, so that it comes from the configuration. */
	readonly single: boolean;
	/** The index that the reference names. */
	readonly index: Descriptor | undefined;
	load(): Promise<LoadedManifest>;
}

type IndexEntry = { readonly descriptor: Descriptor; readonly platform: Platform | undefined };

/** The images of a source, and platforms that its index names in addition. */
export interface Offer {
	readonly candidates: readonly Candidate[];
	/** Platforms in the index whose images the source lacks. */
	readonly absent: readonly Platform[];
}

/**
 * Lists all images of a source, in the order of its indexes, with one manifest fetch for all platforms and one for
 * each nested index. Attestations and artifacts are left out. Entries without a platform are too, unless there is
 * only one image, whose configuration then decides.
 */
export async function listCandidates(source: ImageSource, signal?: AbortSignal): Promise<Offer> {
	const root = await source.fetchManifest(undefined, signal);
	const document = parseFetched(root, source);
	if (document.kind === "manifest") {
		return offer([await singleCandidate(source, root.descriptor, document.manifest, undefined, signal)]);
	}
	const index = root.descriptor;
	const walk = new IndexWalk(source, signal);
	const entries = await walk.walk(document, [root.descriptor.digest], undefined);
	const [only, ...others] = entries;
	if (only !== undefined && others.length === 0 && only.platform === undefined) {
		const manifest = await fetchImageManifest(source, only.descriptor, signal);
		return offer([await singleCandidate(source, only.descriptor, manifest, index, signal)], walk.absent);
	}
	const candidates = entries.flatMap(({ descriptor, platform }) =>
		platform === undefined ? [] : [indexCandidate(source, { descriptor, platform, index }, signal)],
	);
	return offer(candidates, walk.absent);
}

function offer(candidates: readonly Candidate[], absent: readonly Platform[] = []): Offer {
	return { candidates, absent };
}

/** Walks indexes depth first, so that entries are in the order of the documents. */
class IndexWalk {
	readonly #source: ImageSource;
	readonly #signal: AbortSignal | undefined;
	/** Platforms of entries whose images the source lacks. */
	readonly absent: Platform[] = [];
	#indexes = 0;

	constructor(source: ImageSource, signal: AbortSignal | undefined) {
		this.#source = source;
		this.#signal = signal;
	}

	async walk(
		document: ManifestDocument,
		path: readonly Digest[],
		platform?: Platform,
	): Promise<IndexEntry[]> {
		if (document.kind === "manifest") return [];
		const entries: IndexEntry[] = [];
		for (const descriptor of document.index.manifests.filter(isImageEntry)) {
			const entryPlatform = descriptor.platform ?? platform;
			if ((await this.#source.holds?.(descriptor)) === false) {
				if (entryPlatform !== undefined) this.absent.push(entryPlatform);
				continue;
			}
			if (isManifestType(descriptor.mediaType)) entries.push({ descriptor, platform: entryPlatform });
			else entries.push(...(await this.#descend(descriptor, path, entryPlatform)));
		}
		return entries;
	}

	async #descend(
		descriptor: Descriptor,
		path: readonly Digest[],
		platform?: Platform,
	): Promise<IndexEntry[]> {
		this.#indexes++;
		const inCircle = path.includes(descriptor.digest);
		if (inCircle || path.length >= MAX_INDEX_DEPTH || this.#indexes > MAX_INDEXES) {
			const reason = inCircle ? "the index contains itself" : "too many indexes inside each other";
			throw new OciError(
				"ERR_INDEX_DEPTH",
				`${this.#source.name}: read index ${descriptor.digest}: ${reason}`,
			);
		}
		const fetched = await fetchEntry(this.#source, descriptor, this.#signal);
		return this.walk(parseFetched(fetched, this.#source), [...path, descriptor.digest], platform);
	}
}

/**
 * Returns whether an entry is an image. BuildKit's attestations have the platform unknown/unknown and refer to an
 * image.
 */
function isImageEntry(entry: Descriptor): boolean {
	const { platform } = entry;
	if (platform?.os === "unknown" || platform?.architecture === "unknown") return false;
	if (entry.artifactType !== undefined) return false;
	if (entry.annotations?.["vnd.docker.reference.type"] !== undefined) return false;
	return isManifestType(entry.mediaType) || isIndexType(entry.mediaType);
}

/** Returns whether an index lists anything that may be an image. */
export function isImageIndex({ manifests }: Index): boolean {
	return manifests.some(isImageEntry);
}

function indexCandidate(
	source: ImageSource,
	entry: { readonly descriptor: Descriptor; readonly platform: Platform; readonly index: Descriptor },
	signal: AbortSignal | undefined,
): Candidate {
	const { descriptor, platform, index } = entry;
	const load = async (): Promise<LoadedManifest> => {
		const manifest = await fetchImageManifest(source, descriptor, signal);
		return { descriptor, manifest, config: await fetchConfig(source, manifest, signal) };
	};
	let loaded: Promise<LoadedManifest> | undefined;
	return {
		digest: descriptor.digest,
		platform,
		single: false,
		index,
		load: () => {
			loaded ??= load();
			return loaded;
		},
	};
}

async function singleCandidate(
	source: ImageSource,
	descriptor: Descriptor,
	manifest: Manifest,
	index: Descriptor | undefined,
	signal: AbortSignal | undefined,
): Promise<Candidate> {
	const loaded = { descriptor, manifest, config: await fetchConfig(source, manifest, signal) };
	const { digest } = descriptor;
	return { digest, platform: loaded.config.platform, single: true, index, load: async () => loaded };
}

async function fetchImageManifest(
	source: ImageSource,
	descriptor: Descriptor,
	signal: AbortSignal | undefined,
): Promise<Manifest> {
	const document = parseFetched(await fetchEntry(source, descriptor, signal), source);
	if (document.kind === "manifest") return document.manifest;
	const reason = "expected an image manifest, got an index";
	throw new OciError("ERR_MANIFEST", `${source.name}@${descriptor.digest}: parse manifest: ${reason}`);
}

async function fetchEntry(
	source: ImageSource,
	descriptor: Descriptor,
	signal: AbortSignal | undefined,
): Promise<FetchedManifest> {
	const bytes = embeddedContent(descriptor);
	if (bytes !== undefined) return { descriptor, bytes };
	const fetched = await source.fetchManifest(descriptor.digest, signal);
	if (fetched.bytes.length === descriptor.size) return fetched;
	const reason = `expected ${descriptor.size} bytes, got ${fetched.bytes.length}`;
	throw new OciError("ERR_MANIFEST", `${source.name}@${descriptor.digest}: check size: ${reason}`);
}

function parseFetched({ descriptor, bytes }: FetchedManifest, source: ImageSource): ManifestDocument {
	return parseManifestDocument(bytes, descriptor.mediaType, `${source.name}: manifest ${descriptor.digest}`);
}

async function fetchConfig(
	source: ImageSource,
	manifest: Manifest,
	signal?: AbortSignal,
): Promise<ImageConfig> {
	const { config } = manifest;
	const subject = `${source.name}: config ${config.digest}`;
	if (config.size > MAX_CONFIG_SIZE) {
		const reason = `expected at most ${MAX_CONFIG_SIZE} bytes, got ${config.size}`;
		throw new OciError("ERR_DOCUMENT_SIZE", `${subject}: read: ${reason}`);
	}
	const bytes = embeddedContent(config) ?? (await collect(source.openBlob(config, signal)));
	return parseImageConfig(bytes, subject);
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
	const parts: Uint8Array[] = [];
	for await (const chunk of chunks) parts.push(chunk);
	return Buffer.concat(parts);
}
