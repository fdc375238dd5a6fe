import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Descriptor, digestBytes, type Platform } from "../../src/image/oci/index.js";
import { describe, encode, TYPES } from "./memory-source.js";
import { filterThrough } from "./programs.js";

/** One layer: its tar archive, and how it is stored. */
export interface LayoutLayer {
	readonly archive: Uint8Array;
	/** Default: as it is. `zstd` takes the program. */
	readonly compression?: "gzip" | "zstd";
}

/** An OCI image layout on disk, written blob by blob: other programs read it. */
export class LayoutDirectory {
	readonly directory: string;

	constructor(directory: string) {
		this.directory = directory;
		mkdirSync(directory, { recursive: true });
		writeFileSync(join(directory, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
	}

	/** Writes the blobs of a platform's image. @param more further members of its configuration. */
	addImage(
		platform: Platform,
		layers: Iterable<LayoutLayer>,
		config: object = {},
		more: object = {},
	): Descriptor {
		const diffIds: string[] = [];
		const descriptors: Descriptor[] = [];
		for (const { archive, compression } of layers) {
			diffIds.push(digestBytes(archive));
			const type = TYPES.layer.replace("+gzip", compression === undefined ? "" : `+${compression}`);
			descriptors.push(this.#addBlob(type, compress(archive, compression)));
		}
		const rootfs = { type: "layers", diff_ids: diffIds };
		const document = {
			schemaVersion: 2,
			mediaType: TYPES.manifest,
			config: this.#addBlob(TYPES.config, encode({ ...more, ...platform, config, rootfs })),
			layers: descriptors,
		};
		return { ...this.#addBlob(TYPES.manifest, encode(document)), platform };
	}

	/** Writes what BuildKit stores beside an image; the entry belongs into the image's index. */
	addAttestation(image: Descriptor, statements: readonly { predicateType: string }[]): Descriptor {
		const document = {
			schemaVersion: 2,
			mediaType: TYPES.manifest,
			config: this.#addBlob(TYPES.config, encode({ os: "unknown", architecture: "unknown" })),
			layers: statements.map((statement) => ({
				...this.#addBlob("application/vnd.in-toto+json", encode(statement)),
				annotations: { "in-toto.io/predicate-type": statement.predicateType },
			})),
		};
		const annotations = {
			"vnd.docker.reference.type": "attestation-manifest",
			"vnd.docker.reference.digest": image.digest,
		};
		const platform = { os: "unknown", architecture: "unknown" };
		return { ...this.#addBlob(TYPES.manifest, encode(document)), platform, annotations };
	}

	/** Names one index of these images; further calls replace it. */
	tag(name: string, images: readonly Descriptor[]): void {
		const index = { schemaVersion: 2, mediaType: TYPES.index, manifests: images };
		const annotations = { "org.opencontainers.image.ref.name": name };
		const named = { ...this.#addBlob(TYPES.index, encode(index)), annotations };
		writeFileSync(
			join(this.directory, "index.json"),
			encode({ schemaVersion: 2, mediaType: TYPES.index, manifests: [named] }),
		);
	}

	#addBlob(mediaType: string, bytes: Uint8Array): Descriptor {
		const descriptor = describe(mediaType, bytes);
		const path = join(this.directory, "blobs", descriptor.digest.replace(":", "/"));
		mkdirSync(dirname(path), { recursive: true });
		writeFileSync(path, bytes);
		return descriptor;
	}
}

function compress(archive: Uint8Array, compression: LayoutLayer["compression"]): Uint8Array {
	if (compression === "gzip") return gzipSync(archive, { level: 6 });
	return compression === "zstd" ? filterThrough(archive, "zstd", "-q", "-c") : archive;
}
