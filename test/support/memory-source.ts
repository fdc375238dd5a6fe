import {
	type Descriptor,
	type Digest,
	digestBytes,
	type FetchedManifest,
	type ImageSource,
	type Platform,
} from "../../src/image/oci/index.js";

export const TYPES = {
	manifest: "application/vnd.oci.image.manifest.v1+json",
	index: "application/vnd.oci.image.index.v1+json",
	config: "application/vnd.oci.image.config.v1+json",
	layer: "application/vnd.oci.image.layer.v1.tar+gzip",
	dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
	dockerIndex: "application/vnd.docker.distribution.manifest.list.v2+json",
	dockerConfig: "application/vnd.docker.container.image.v1+json",
	dockerLayer: "application/vnd.docker.image.rootfs.diff.tar.gzip",
} as const;

/** JSON, or bytes as they are. */
export function encode(document: unknown): Uint8Array {
	return document instanceof Uint8Array ? document : Buffer.from(JSON.stringify(document));
}

export function describe(mediaType: string, bytes: Uint8Array, more: object = {}): Descriptor {
	return { mediaType, digest: digestBytes(bytes), size: bytes.length, ...more };
}

/** An ImageSource over two maps, that counts what it is asked for. */
export class MemorySource implements ImageSource {
	readonly name = "memory";
	readonly manifests: Map<Digest, FetchedManifest> = new Map();
	readonly blobs: Map<Digest, Uint8Array> = new Map();
	readonly asked: string[] = [];
	root: FetchedManifest | undefined;

	addBlob(content: unknown, mediaType: string = TYPES.layer): Descriptor {
		const bytes = encode(content);
		const descriptor = describe(mediaType, bytes);
		this.blobs.set(descriptor.digest, bytes);
		return descriptor;
	}

	/** Adds a manifest or index; the last one added is the root. */
	addManifest(document: unknown, mediaType: string = TYPES.manifest, more: object = {}): Descriptor {
		const bytes = encode(document);
		const descriptor = describe(mediaType, bytes);
		this.root = { descriptor, bytes };
		this.manifests.set(descriptor.digest, this.root);
		return { ...descriptor, ...more };
	}

	/** An image of `layers` (default one) for a platform, whose config says `configured`. */
	addImage(
		platform: Platform | undefined,
		configured: object = platform ?? {},
		layers: readonly string[] = ["a layer"],
	): Descriptor {
		const blobs = layers.map((layer) => this.addBlob(Buffer.from(layer)));
		const diffIds = layers.map((layer) => digestBytes(Buffer.from(layer)));
		const config = this.addBlob(
			{ rootfs: { type: "layers", diff_ids: diffIds }, ...configured },
			TYPES.config,
		);
		return this.addManifest(
			{ schemaVersion: 2, mediaType: TYPES.manifest, config, layers: blobs },
			TYPES.manifest,
			{
				...(platform && { platform }),
			},
		);
	}

	addIndex(manifests: readonly object[], mediaType: string = TYPES.index): Descriptor {
		return this.addManifest({ schemaVersion: 2, mediaType, manifests }, mediaType);
	}

	async fetchManifest(digest?: Digest): Promise<FetchedManifest> {
		this.asked.push(digest ?? "root");
		const found = digest === undefined ? this.root : this.manifests.get(digest);
		if (found === undefined) throw new Error(`no manifest ${digest}`);
		return found;
	}

	async *openBlob({ digest }: Descriptor): AsyncGenerator<Uint8Array> {
		this.asked.push(digest);
		const bytes = this.blobs.get(digest);
		if (bytes === undefined) throw new Error(`no blob ${digest}`);
		yield bytes;
	}

	async close(): Promise<void> {}
}
