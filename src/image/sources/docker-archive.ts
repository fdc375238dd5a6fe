import { createHash } from "node:crypto";
import {
	bufferContent,
	type Content,
	contentPacking,
	displayByteString,
	utf8ByteString,
} from "../../ground/bytes/index.js";
import { passContent } from "../../ground/files/index.js";
import { encodeCompactJson, jsonObject } from "../../ground/json/index.js";
import {
	type BlobFile,
	type Descriptor,
	type Digest,
	digestBytes,
	type FetchedManifest,
	type ImageSource,
	MAX_CONFIG_SIZE,
	parseDigest,
	parseImageConfig,
} from "../oci/index.js";
import type { SourceContext } from "./context.js";
import { chooseDockerImage, type DockerImage } from "./docker-manifest.js";
import { SourceError } from "./errors.js";
import { describeManifest, type MemberSet, openBlobFile, readDocument, streamBlob } from "./member-set.js";
import { openTarMembers } from "./tar-members.js";

const MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json";
const CONFIG_TYPE = "application/vnd.docker.container.image.v1+json";
const LAYER_TYPE = "application/vnd.docker.image.rootfs.diff.tar";

/** An archive that `docker save`, `podman save` or skopeo made: FILE, `-`, or inside a zip. */
export async function openDockerArchive(
	path: string,
	tag: string | undefined,
	context: SourceContext,
): Promise<ImageSource> {
	const members = await openTarMembers(path, context);
	try {
		return await openDockerMembers(members, tag);
	} catch (error) {
		members.close();
		throw error;
	}
}

/**
 * An image of a docker-archive. There is no registry manifest in it, so one is made; its digest
 * depends on configuration and layers alone. Archives of Docker 25 and later are OCI layouts as
 * well: `oci-archive:` reads all platforms that are in them, this reads what `manifest.json` lists.
 */
export async function openDockerMembers(members: MemberSet, tag: string | undefined): Promise<ImageSource> {
	const image = await chooseDockerImage(members, tag);
	const blobs = new Map<Digest, Content>();
	const manifest = await makeManifest(members, image, blobs);
	return new DockerArchiveSource(members, manifest, blobs);
}

class DockerArchiveSource implements ImageSource {
	readonly name: string;
	readonly local = true;
	readonly #members: MemberSet;
	readonly #manifest: FetchedManifest;
	readonly #blobs: ReadonlyMap<Digest, Content>;

	constructor(members: MemberSet, manifest: FetchedManifest, blobs: ReadonlyMap<Digest, Content>) {
		this.name = members.name;
		this.#members = members;
		this.#manifest = manifest;
		this.#blobs = blobs;
	}

	async fetchManifest(digest?: Digest): Promise<FetchedManifest> {
		if (digest === undefined || digest === this.#manifest.descriptor.digest) return this.#manifest;
		throw new SourceError("ERR_BLOB_MISSING", `${this.name}: read manifest: ${digest} is not there`);
	}

	openBlob(descriptor: Descriptor, signal?: AbortSignal, offset?: number): AsyncIterable<Uint8Array> {
		return streamBlob(this.#blobs.get(descriptor.digest), descriptor, this.name, signal, offset);
	}

	async openFile(descriptor: Descriptor): Promise<BlobFile | undefined> {
		return openBlobFile(this.#blobs.get(descriptor.digest), descriptor, this.name);
	}

	async close(): Promise<void> {
		this.#members.close();
	}
}

/** The manifest that a registry would have of this image, with its layers as they are; fills `blobs`. */
async function makeManifest(
	members: MemberSet,
	image: DockerImage,
	blobs: Map<Digest, Content>,
): Promise<FetchedManifest> {
	const bytes = await readDocument(members, image.config, MAX_CONFIG_SIZE);
	if (bytes === undefined) throw missing(members, `configuration ${image.config}`);
	const { diffIds } = parseImageConfig(bytes, `${members.name}: ${image.config}`);
	if (diffIds.length !== image.layers.length) {
		const reason = `expected ${diffIds.length} layers, as the configuration has diff_ids, got ${image.layers.length}`;
		throw new SourceError("ERR_SOURCE_FORMAT", `${members.name}: read manifest.json: ${reason}`);
	}
	const config = { mediaType: CONFIG_TYPE, size: bytes.length, digest: digestBytes(bytes) };
	blobs.set(config.digest, bufferContent(bytes));
	const layers: { mediaType: string; size: number; digest: Digest }[] = [];
	for (const [at, path] of image.layers.entries()) {
		const content = await members.open(path);
		if (content === undefined) throw missing(members, `layer ${path}`);
		const layer = await describeLayer(content, diffIds[at]!);
		layers.push(layer);
		blobs.set(layer.digest, content);
	}
	const document = jsonObject({ schemaVersion: 2, mediaType: MANIFEST_TYPE, config, layers });
	return describeManifest(Buffer.from(encodeCompactJson(document)), MANIFEST_TYPE, members.name);
}

/** A plain layer's digest is its diffID, which is checked when it is read; that of a compressed one is computed. */
async function describeLayer(
	content: Content,
	diffId: Digest,
): Promise<{ mediaType: string; size: number; digest: Digest }> {
	const packing = contentPacking(content);
	if (packing === undefined) return { mediaType: LAYER_TYPE, size: content.size, digest: diffId };
	const digest = await hashContent(content);
	return { mediaType: `${LAYER_TYPE}.${packing}`, size: content.size, digest };
}

async function hashContent(content: Content): Promise<Digest> {
	const hash = createHash("sha256");
	for await (const chunk of passContent(content)) hash.update(chunk);
	return parseDigest(`sha256:${hash.digest("hex")}`);
}

function missing(members: MemberSet, what: string): SourceError {
	const message = `${members.name}: read archive: ${displayByteString(utf8ByteString(what))} is not there`;
	return new SourceError("ERR_BLOB_MISSING", message);
}
