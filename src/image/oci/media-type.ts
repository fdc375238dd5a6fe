/** Media types of image-spec 1.1 and of Docker's image manifest 2.2, by their role. */
const MANIFESTS: ReadonlySet<string> = new Set([
	"application/vnd.oci.image.manifest.v1+json",
	"application/vnd.docker.distribution.manifest.v2+json",
]);

const INDEXES: ReadonlySet<string> = new Set([
	"application/vnd.oci.image.index.v1+json",
	"application/vnd.docker.distribution.manifest.list.v2+json",
]);

const SCHEMA_1: ReadonlySet<string> = new Set([
	"application/vnd.docker.distribution.manifest.v1+json",
	"application/vnd.docker.distribution.manifest.v1+prettyjws",
]);

const CONFIGS: ReadonlySet<string> = new Set([
	"application/vnd.oci.image.config.v1+json",
	"application/vnd.docker.container.image.v1+json",
]);

/** Types that servers use if they do not know better; the document's own `mediaType` counts then. */
const GENERIC: ReadonlySet<string> = new Set([
	"",
	"application/json",
	"application/octet-stream",
	"binary/octet-stream",
	"text/plain",
	"text/html",
]);

/** Types that proxies put in place of a manifest's type; the digest and the document decide anyway. */
const JSON_LIKE = /^(?:application|text)\/(?:x-|[a-z0-9.-]{1,64}\+)?json$/;

const LAYER =
	/^application\/vnd\.(?:oci\.image\.layer\.(?:nondistributable\.)?v1\.tar(?:\+(?:gzip|zstd))?|docker\.image\.rootfs\.(?:foreign\.)?diff\.tar(?:\.(?:gzip|zstd))?)$/;

/** The `Accept` header of a manifest request: all types that an image can have. */
export const MANIFEST_ACCEPT: string = [...INDEXES, ...MANIFESTS].join(", ");

export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";

export const isManifestType = (type: string): boolean => MANIFESTS.has(type);
export const isIndexType = (type: string): boolean => INDEXES.has(type);
export const isSchema1Type = (type: string): boolean => SCHEMA_1.has(type);
export const isConfigType = (type: string): boolean => CONFIGS.has(type);
export const isLayerType = (type: string): boolean => LAYER.test(type);
export const isGenericType = (type: string): boolean =>
	GENERIC.has(type) || (JSON_LIKE.test(type) && !/\.(?:oci|docker)\./.test(type));

/** Returns whether registries may lack a layer of this type, whose bytes are then at its `urls`. */
export function isForeignLayerType(type: string): boolean {
	return isLayerType(type) && /nondistributable|foreign/.test(type);
}

/** Returns the media type in a `Content-Type` header, in lower case and without parameters. */
export function parseContentType(header: string): string {
	return header.split(";", 1)[0]!.trim().toLowerCase();
}
