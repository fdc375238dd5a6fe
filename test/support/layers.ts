import { tmpdir } from "node:os";
import { receiveTemporaryFile, Spool } from "../../src/ground/files/index.js";
import { type BlobFile, type Digest, digestBytes, type ImageLayer } from "../../src/image/oci/index.js";
import { type FlattenOptions, flatten, type RootfsTree } from "../../src/image/rootfs/index.js";
import { chunked } from "./chunks.js";
import { type TarHeader, tarball } from "./tar-builder.js";
import { listTree } from "./tree-listing.js";

/** What a layer's archive is made of. */
export type TarParts = readonly (TarHeader | Uint8Array)[];

/** Bytes before a blob in its file. */
const BEFORE = Buffer.alloc(777, 0x1f);

/** A blob of these bytes inside of a file, for a thread that reads it there. */
export async function blobFile(stored: Uint8Array, isChecked = false): Promise<BlobFile> {
	const content = await receiveTemporaryFile(chunked(Buffer.concat([BEFORE, stored]), 1 << 20), tmpdir());
	const { file, position } = content.place!(BEFORE.length, stored.length)!;
	return { file: file as number, position, isChecked, close: () => content.close() };
}

/** A layer of these stored bytes, which lie in a file as well; `archive` is what they unpack to. */
export function memoryLayer(
	stored: Uint8Array,
	archive: Uint8Array = stored,
	diffId: Digest = digestBytes(archive),
): ImageLayer {
	const mediaType = "application/vnd.oci.image.layer.v1.tar";
	const descriptor = { mediaType, digest: digestBytes(stored), size: stored.length };
	return { descriptor, diffId, open: () => chunked(stored, 10_000), openFile: () => blobFile(stored) };
}

/** Flattens layers given as tar archives and hands the tree to `use` while its spool is open. */
export async function withTree<T>(
	layers: readonly ImageLayer[],
	options: FlattenOptions,
	use: (tree: RootfsTree) => T,
): Promise<Awaited<T>> {
	const spool = Spool.create(tmpdir());
	try {
		return await use(await flatten(layers, spool, options));
	} finally {
		spool.close();
	}
}

/** The listing of the tree that layers of these members give. */
export function flattenArchives(
	layers: readonly TarParts[],
	options: FlattenOptions = {},
): Promise<string[]> {
	return withTree(
		layers.map((parts) => memoryLayer(tarball(...parts))),
		options,
		listTree,
	);
}

/** The warnings that applying such layers gives, without the layers' digests. */
export async function flattenWarnings(layers: readonly TarParts[]): Promise<string[]> {
	const messages: string[] = [];
	await flattenArchives(layers, {
		onWarning: (message) => messages.push(message.replace(/^layer sha256:\w+: /, "")),
	});
	return messages;
}
