/** Media types of image-spec 1.1 and of Docker's image manifest 2.2, each by its role. */
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

/** What servers say when they do not know; the document's own `mediaType` counts then. */
const GENERIC: ReadonlySet<string> = new Set([
	"",
	"application/json",
	"application/octet-stream",
	"binary/octet-stream",
	"text/plain",
	"text/html",
]);

/** What proxies make of a manifest's type; the digest and the document decide all the same. */
const JSON_LIKE = /^(?:application|text)\/(?:x-|[a-z0-9.-]{1,64}\+)?json$/;

const LAYER =
	/^application\/vnd\.(?:oci\.image\.layer\.(?:nondistributable\.)?v1\.tar(?:\+(?:gzip|zstd))?|docker\.image\.rootfs\.(?:foreign\.)?diff\.tar(?:\.(?:gzip|zstd))?)$/;

/** The `Accept` header of a manifest request: everything an image can be. */
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

/** A layer that registries need not hold: its bytes may lie at its `urls`. */
export function isForeignLayerType(type: string): boolean {
	return isLayerType(type) && /nondistributable|foreign/.test(type);
}

/** `Content-Type` header → media type in lower case, without parameters. */
export function parseContentType(header: string): string {
	return header.split(";", 1)[0]!.trim().toLowerCase();
}
