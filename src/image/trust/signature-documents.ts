import {
	isJsonObject,
	type JsonObject,
	type JsonValue,
	parseJson,
	plainJson,
} from "../../ground/json/index.js";
import {
	type Descriptor,
	type Digest,
	type FetchedManifest,
	type ImageSource,
	OCI_INDEX,
	OciError,
	parseDescriptor,
} from "../oci/index.js";

/** What is beside an image in its repository, by the tags that cosign and the OCI distribution specification name. */
export type SignatureForm = "simple-signing" | "bundle";

/** A signature as it came, not checked yet. */
export interface UncheckedSignature {
	readonly form: SignatureForm;
	/** The payload, or the bundle. */
	readonly bytes: Uint8Array;
	/** Base64, for a payload. */
	readonly signature: string | undefined;
}

/** The signatures of one manifest or index, with the documents that they came in. */
export interface FoundSignatures {
	readonly form: SignatureForm;
	/** The tag under which the root document is found. */
	readonly tag: string;
	readonly source: ImageSource;
	readonly root: FetchedManifest;
	/** Manifests that the root lists, and blobs of both. */
	readonly manifests: readonly FetchedManifest[];
	readonly blobs: readonly Descriptor[];
	readonly signatures: readonly UncheckedSignature[];
}

const PAYLOAD_TYPE = "application/vnd.dev.cosign.simplesigning.v1+json";
const SIGNATURE = "dev.cosignproject.cosign/signature";
const BUNDLE_TYPE = /^application\/vnd\.dev\.sigstore\.bundle(\.v0\.[123]\+json|\+json;version=0\.[123])$/;
/** Most signatures of an image that are looked at, and most bytes of one. */
const MOST_SIGNATURES = 100;
const MOST_BYTES = 1 << 20;

/** Returns the tag of the manifest that holds signatures, or of the index of all that refers to an image. */
export function signatureTag(digest: Digest, form: SignatureForm): string {
	return `${digest.replace(":", "-")}${form === "bundle" ? "" : ".sig"}`;
}

/**
 * Reads the signatures below a root document: cosign's manifest, or the list of what refers to an image.
 * @param digest of what is signed.
 */
export async function readSignatures(
	source: ImageSource,
	root: FetchedManifest,
	digest: Digest,
	form: SignatureForm,
	signal: AbortSignal | undefined,
): Promise<FoundSignatures> {
	const found = { form, tag: signatureTag(digest, form), source, root };
	const manifests = form === "bundle" ? await referringManifests(source, root, digest, signal) : [root];
	const wanted = manifests.flatMap((manifest) => signatureLayers(manifest, form));
	const signatures: UncheckedSignature[] = [];
	for (const layer of wanted.slice(0, MOST_SIGNATURES)) {
		const bytes = await readSmallBlob(source, layer, signal);
		signatures.push({ form, bytes, signature: layer.annotations?.[SIGNATURE] });
	}
	const blobs = manifests.flatMap((manifest) => blobsOf(manifest));
	return { ...found, manifests: manifests.filter((manifest) => manifest !== root), blobs, signatures };
}

/** The manifests that an index lists as bundles about this image. */
async function referringManifests(
	source: ImageSource,
	root: FetchedManifest,
	digest: Digest,
	signal: AbortSignal | undefined,
): Promise<FetchedManifest[]> {
	const document = objectOf(root);
	if (document === undefined || root.descriptor.mediaType !== OCI_INDEX) return [];
	const entries = descriptorsOf(document.get("manifests"), source.name).slice(0, MOST_SIGNATURES);
	// Some registries call the type of the configuration what the artifact's type is, so that others are looked at, too.
	const manifests = await Promise.all(entries.map(({ digest: own }) => source.fetchManifest(own, signal)));
	return manifests.filter((manifest) => {
		const subject = objectOf(manifest)?.get("subject");
		return subject !== undefined && isJsonObject(subject) && subject.get("digest") === digest;
	});
}

function signatureLayers(manifest: FetchedManifest, form: SignatureForm): Descriptor[] {
	const layers = descriptorsOf(objectOf(manifest)?.get("layers"), manifest.descriptor.digest);
	return layers.filter(({ mediaType }) =>
		form === "bundle" ? BUNDLE_TYPE.test(mediaType) : mediaType === PAYLOAD_TYPE,
	);
}

function blobsOf(manifest: FetchedManifest): Descriptor[] {
	const document = objectOf(manifest);
	const subject = manifest.descriptor.digest;
	const config = document?.get("config");
	return descriptorsOf(
		[...(config === undefined ? [] : [config]), ...listOf(document?.get("layers"))],
		subject,
	);
}

function descriptorsOf(value: JsonValue | undefined, subject: string): Descriptor[] {
	return listOf(value).map((item) => parseDescriptor(plainJson(item), subject));
}

function listOf(value: JsonValue | undefined): JsonValue[] {
	return Array.isArray(value) ? value : [];
}

function objectOf({ bytes, descriptor }: FetchedManifest): JsonObject | undefined {
	const value = parseJson(bytes, descriptor.digest);
	return isJsonObject(value) ? value : undefined;
}

/** @throws OciError for a blob that is too large, or not what its descriptor says. */
async function readSmallBlob(
	source: ImageSource,
	descriptor: Descriptor,
	signal: AbortSignal | undefined,
): Promise<Buffer> {
	if (descriptor.size > MOST_BYTES) {
		const reason = `expected at most ${MOST_BYTES} bytes, got ${descriptor.size}`;
		throw new OciError("ERR_DOCUMENT_SIZE", `${source.name}: read signature ${descriptor.digest}: ${reason}`);
	}
	const chunks: Uint8Array[] = [];
	for await (const chunk of source.openBlob(descriptor, signal)) chunks.push(chunk);
	return Buffer.concat(chunks);
}
