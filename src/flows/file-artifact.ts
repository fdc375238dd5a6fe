import { type Descriptor, type Digest, digestBytes, type FetchedManifest } from "../image/oci/index.js";

const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
const EMPTY_TYPE = "application/vnd.oci.empty.v1+json";
/** By which tools see that the manifest is of a file, and not of an image. */
const FILE_TYPE = "application/vnd.pvpkg.file.v1";

/** A file as an artifact of an OCI layout. */
export interface FileArtifact {
	/** The empty configuration that every artifact has. */
	readonly config: { readonly digest: Digest; readonly bytes: Uint8Array };
	readonly root: FetchedManifest;
}

/** Returns the manifest that names one file (image-spec, manifest.md, guidelines for artifacts). */
export function fileManifest({ mediaType, digest, size }: Descriptor): FileArtifact {
	const empty = Buffer.from("{}");
	const config = { digest: digestBytes(empty), bytes: empty };
	const bytes = Buffer.from(
		JSON.stringify({
			...{ schemaVersion: 2, mediaType: MANIFEST_TYPE, artifactType: FILE_TYPE },
			config: { mediaType: EMPTY_TYPE, digest: config.digest, size: empty.length },
			layers: [{ mediaType, digest, size }],
		}),
	);
	const descriptor = { mediaType: MANIFEST_TYPE, digest: digestBytes(bytes), size: bytes.length };
	return { config, root: { bytes, descriptor } };
}
