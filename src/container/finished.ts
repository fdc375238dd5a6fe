import { contentSha256, sha256Hex } from "../ground/bytes/index.js";
import { type PendingFile, programDigest } from "../ground/files/index.js";
import type { StateObject } from "../pantavisor/package/index.js";
import type { Workshop } from "./workshop.js";

/** Digests of the rooms below, once they were asked for. */
let version: readonly string[] | undefined;
/** Every room whose program decides the bytes of images and packages. */
const ROOMS = [
	"ground/bytes",
	"ground/files",
	"ground/tar",
	"codec",
	"image/rootfs",
	"image/overlay",
	"squashfs/format",
	"squashfs/read",
	"squashfs/group",
	"squashfs/cache",
	"squashfs/write",
	"squashfs/options",
	"pantavisor/package",
	"container",
];

/**
 * The name of an image or a package by all that it is made of: the program, and whatever
 * `inputs` tells apart. Equal inputs give equal bytes, so that what is found under its name is it.
 */
export function finishedKey(kind: "image" | "package", inputs: unknown): string {
	version ??= ROOMS.map((room) => programDigest(new URL(`../${room}/index.js`, import.meta.url).href));
	return sha256Hex(JSON.stringify([kind, version, inputs]));
}

/** An image that an earlier run made; a damaged one is removed and made again. */
export async function findFinishedImage(workshop: Workshop, key: string): Promise<StateObject | undefined> {
	const { store } = workshop;
	const [digest, size] = store.readRecord(key)?.split(" ") ?? [];
	if (digest === undefined || !store.has(digest, Number(size))) return undefined;
	// Open first: from then on it stays readable, whoever prunes the store meanwhile.
	const image = openImageObject(workshop, digest.slice("sha256:".length));
	return (await store.verifyBlob(digest)) ? image : undefined;
}

/** Keeps an image that was written to a file of the store; under its key, where it has one. */
export function keepFinishedImage(
	workshop: Workshop,
	key: string | undefined,
	file: PendingFile,
	size: number,
): StateObject {
	const { store } = workshop;
	const sha256 = contentSha256({ size, read: (target, position) => file.read(target, position) });
	store.adoptBlob(file, `sha256:${sha256}`);
	if (key !== undefined) store.writeRecord(key, `sha256:${sha256} ${size}`);
	return openImageObject(workshop, sha256);
}

function openImageObject(workshop: Workshop, sha256: string): StateObject {
	const { size, read } = workshop.openContent(`sha256:${sha256}`);
	return { size, read, sha256 };
}
