import { gzipSync } from "node:zlib";
import { type Descriptor, digestBytes, type Platform } from "../../src/image/oci/index.js";
import { describe, encode, TYPES } from "./memory-source.js";
import { tarball } from "./tar-builder.js";

/** A small image of two layers, the second gzip'ed. */
export interface SampleImage {
	readonly manifest: Descriptor;
	readonly config: Descriptor;
	/** As stored. */
	readonly layers: readonly Buffer[];
	/** Uncompressed. */
	readonly diffs: readonly Buffer[];
	/** Of the first layer, in a layout. */
	readonly layerPath: string;
	/** By path in a layout. */
	readonly blobs: ReadonlyMap<string, Buffer>;
}

/** The same `text` gives the same image. */
export function sampleImage(text: string, architecture = "amd64"): SampleImage {
	const diffs = [
		tarball({ path: "etc/", type: "5" }, { path: "etc/name", body: text }),
		tarball({ path: "bin/app", body: `#!/bin/sh\necho ${text}\n`.repeat(500) }),
	];
	const layers = [diffs[0]!, gzipSync(diffs[1]!)];
	const types = [TYPES.layer.replace("+gzip", ""), TYPES.layer];
	const descriptors = layers.map((bytes, at) => describe(types[at]!, bytes));
	const configBytes = encode({
		os: "linux",
		architecture,
		config: { Cmd: ["/bin/app"] },
		rootfs: { type: "layers", diff_ids: diffs.map((diff) => digestBytes(diff)) },
	});
	const config = describe(TYPES.config, configBytes);
	const manifestBytes = encode({ schemaVersion: 2, mediaType: TYPES.manifest, config, layers: descriptors });
	const manifest = describe(TYPES.manifest, manifestBytes);
	const blobs = new Map(
		[configBytes, manifestBytes, ...layers].map((bytes) => [pathOf(bytes), Buffer.from(bytes)]),
	);
	return { manifest, config, layers, diffs, layerPath: pathOf(layers[0]!), blobs };
}

export interface LayoutEntry {
	readonly image: SampleImage;
	readonly annotations?: Readonly<Record<string, string>>;
	readonly platform?: Platform;
}

/** The files of an OCI image layout. */
export function layoutFiles(entries: readonly LayoutEntry[]): Map<string, Buffer> {
	const manifests = entries.map(({ image, annotations, platform }) => ({
		...image.manifest,
		annotations,
		platform,
	}));
	return new Map([
		["oci-layout", Buffer.from('{"imageLayoutVersion":"1.0.0"}')],
		["index.json", Buffer.from(encode({ schemaVersion: 2, manifests }))],
		...entries.flatMap(({ image }) => [...image.blobs]),
	]);
}

function pathOf(bytes: Uint8Array): string {
	return `blobs/${digestBytes(bytes).replace(":", "/")}`;
}
