import * as z from "zod/mini";
import { displayByteString, utf8ByteString } from "../../ground/bytes/index.js";
import { explainIssue, parseJson, plainJson } from "../../ground/json/index.js";
import { descriptorSchema } from "./descriptor.js";
import { OciError } from "./errors.js";
import {
	isConfigType,
	isGenericType,
	isIndexType,
	isLayerType,
	isManifestType,
	isSchema1Type,
	OCI_INDEX,
	OCI_MANIFEST,
} from "./media-type.js";
import { misspeltInManifest } from "./member-names.js";
import type { Index, Manifest } from "./nouns.js";

/** Largest manifest that this program reads: what the distribution specification asks registries to accept. Bytes. */
export const MAX_MANIFEST_SIZE: number = 4 * 1024 * 1024;

/** A manifest or an index, distinguished by its media type. */
export type ManifestDocument =
	| { readonly kind: "manifest"; readonly manifest: Manifest }
	| { readonly kind: "index"; readonly index: Index };

const envelopeSchema = z.looseObject({
	schemaVersion: z.nullish(z.number()),
	mediaType: z.nullish(z.string()),
	artifactType: z.nullish(z.string()),
});
type Envelope = z.infer<typeof envelopeSchema>;

const descriptorsSchema = z.nullish(z.array(descriptorSchema));
const manifestSchema = z.object({ config: descriptorSchema, layers: descriptorsSchema });
const indexSchema = z.object({ manifests: descriptorsSchema });

/**
 * Parses the manifest of an image, or an index.
 * @param mediaType according to the server or the descriptor. For `""` and generic types, the document's own
 *   `mediaType` decides, then its members.
 * @throws OciError ERR_MANIFEST, ERR_MANIFEST_UNSUPPORTED, ERR_DOCUMENT_SIZE; JsonError
 */
export function parseManifestDocument(
	bytes: Uint8Array,
	mediaType: string,
	subject: string,
): ManifestDocument {
	const envelope = parseEnvelope(bytes, subject);
	const type = documentType(envelope, mediaType, subject);
	checkRole(envelope, type, subject);
	if (isIndexType(type)) {
		const { manifests } = check(indexSchema, envelope, "index", subject);
		return { kind: "index", index: { mediaType: type, manifests: manifests ?? [] } };
	}
	if (!isManifestType(type)) throw unsupported(subject, `media type "${shown(type)}"`);
	const { config, layers } = check(manifestSchema, envelope, "manifest", subject);
	const manifest = { mediaType: type, config, layers: layers ?? [] };
	checkImageManifest(manifest, envelope.artifactType ?? "", subject);
	return { kind: "manifest", manifest };
}

/**
 * Returns the media type of a manifest or index: that of the header, else that of the document.
 * @throws OciError ERR_MANIFEST if both are stated and differ.
 */
export function manifestMediaType(bytes: Uint8Array, contentType: string, subject: string): string {
	return documentType(parseEnvelope(bytes, subject), contentType, subject);
}

function parseEnvelope(bytes: Uint8Array, subject: string): Envelope {
	if (bytes.length > MAX_MANIFEST_SIZE) {
		const reason = `expected at most ${MAX_MANIFEST_SIZE} bytes, got ${bytes.length}`;
		throw new OciError("ERR_DOCUMENT_SIZE", `${subject}: parse manifest: ${reason}`);
	}
	const document = parseJson(bytes, subject, { uniqueMembers: true });
	const misspelt = misspeltInManifest(document);
	if (misspelt !== undefined)
		throw ambiguous(
			subject,
			`a member ${JSON.stringify(shown(misspelt))}, which programs in Go take for another one`,
		);
	return check(envelopeSchema, plainJson(document), "manifest", subject);
}

function documentType(envelope: Envelope, contentType: string, subject: string): string {
	const stated = envelope.mediaType ?? "";
	if (isSchema1Type(contentType) || isSchema1Type(stated) || envelope.schemaVersion === 1) {
		throw unsupported(subject, "schema 1 is not supported; push the image again with a current tool");
	}
	const generic = isGenericType(contentType);
	if (!generic && stated !== "" && stated !== contentType) {
		const reason = `the server calls it "${shown(contentType)}", the document itself "${shown(stated)}"`;
		throw new OciError("ERR_MANIFEST", `${subject}: parse manifest: ${reason}`);
	}
	if (!generic) return contentType;
	return stated === "" ? guessedType(envelope) : stated;
}

/**
 * Refuses a document that is both a manifest and an index, as its meaning would depend on the server
 * (CVE-2021-41190).
 */
function checkRole(envelope: Envelope, type: string, subject: string): void {
	const [what, foreign] = isIndexType(type)
		? ["an index", ["config", "layers"]]
		: ["a manifest", ["manifests"]];
	const found = foreign.find((name) => isThere(envelope[name]));
	if (found !== undefined)
		throw ambiguous(
			subject,
			`${what} with a member "${found}", by which it is another kind of document, too`,
		);
}

/** Returns whether a member has a value; empty lists count as absent. */
function isThere(value: unknown): boolean {
	return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
}

function ambiguous(subject: string, got: string): OciError {
	const reason = `expected a document that all programs read alike, got ${got}`;
	return new OciError("ERR_MANIFEST", `${subject}: parse manifest: ${reason}`);
}

function guessedType(envelope: Envelope): string {
	if (Array.isArray(envelope.manifests)) return OCI_INDEX;
	return "config" in envelope ? OCI_MANIFEST : "";
}

/**
 * Checks that a manifest is that of an image. An artifact is one if its configuration and its layers have the types
 * of an image.
 */
function checkImageManifest(manifest: Manifest, artifactType: string, subject: string): void {
	const isArtifact = artifactType !== "" ? `an artifact, "${shown(artifactType)}", and ` : "";
	const configType = manifest.config.mediaType;
	// Old Docker versions pushed configurations as application/octet-stream.
	const oldDocker = manifest.mediaType.includes("docker") && configType === "application/octet-stream";
	if (!isConfigType(configType) && !oldDocker) {
		throw unsupported(subject, `${isArtifact}its config is "${shown(configType)}"`);
	}
	const odd = manifest.layers.find((layer) => !isLayerType(layer.mediaType));
	if (odd !== undefined)
		throw unsupported(subject, `${isArtifact}it has a layer of type "${shown(odd.mediaType)}"`);
}

function check<T extends z.ZodMiniType>(
	schema: T,
	value: unknown,
	what: string,
	subject: string,
): z.infer<T> {
	const result = schema.safeParse(value, { error: explainIssue });
	if (result.success) return result.data;
	const [issue] = result.error.issues;
	const where = issue!.path.length === 0 ? "" : `${issue!.path.join(".")}: `;
	throw new OciError("ERR_MANIFEST", `${subject}: parse ${what}: ${where}${issue!.message}`);
}

function unsupported(subject: string, reason: string): OciError {
	return new OciError("ERR_MANIFEST_UNSUPPORTED", `${subject}: not a container image: ${reason}`);
}

function shown(text: string): string {
	return displayByteString(utf8ByteString(text.slice(0, 200)));
}
