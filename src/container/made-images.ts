import { fileURLToPath } from "node:url";
import { BytesError, contentSha256, sha256Hex } from "../ground/bytes/index.js";
import { isDirectory, type PendingFile, programDigest } from "../ground/files/index.js";
import type { Finding } from "../ground/findings/index.js";
import { encodeCanonicalJson } from "../ground/json/index.js";
import { type MadeRecord, madeRecordValue, parseMadeRecord } from "./made-record.js";
import type { ImageMaker, MadeImage } from "./ports.js";
import type { Run } from "./run.js";

/** Digests of the programs of the rooms below, computed when they are first needed. */
let version: readonly string[] | undefined;
/**
 * Every room whose program decides the bytes of images and packages. The installed program has two files for
 * several rooms each, pantavisor/container and image/origins; names that do not exist are skipped.
 */
export const ENGINE_ROOMS: readonly string[] = [
	"ground/bytes",
	"ground/files",
	"ground/json",
	"ground/tar",
	"codec",
	"image/oci",
	"image/rootfs",
	"image/overlay",
	"image/sources",
	"image/origins",
	"squashfs/format",
	"squashfs/read",
	"squashfs/group",
	"squashfs/cache",
	"squashfs/write",
	"squashfs/options",
	"pantavisor/state",
	"pantavisor/source",
	"pantavisor/run",
	"pantavisor/lxc",
	"pantavisor/container",
	"pantavisor/package",
	"container",
];

/**
 * Returns the key of an image or a package: a digest of everything that decides its bytes, which is the
 * program and `inputs`. Equal keys mean equal bytes.
 */
export function madeKey(kind: "image" | "package", inputs: unknown): string {
	return sha256Hex(JSON.stringify([kind, programVersion(), inputs]));
}

/** Returns the digest of the programs that decide the bytes of images and packages: lower-case hex. */
export function engineDigest(): string {
	return sha256Hex(JSON.stringify(programVersion()));
}

function programVersion(): readonly string[] {
	version ??= ENGINE_ROOMS.map((room) => new URL(`../${room}/`, import.meta.url))
		.filter((folder) => isDirectory(fileURLToPath(folder)))
		.map((folder) => programDigest(new URL("index.js", folder).href));
	return version;
}

/**
 * Returns the image of a key: made by an earlier run or for another container of this one, received from a
 * shared cache, or made now. Without a key, the image is always made, and never found again.
 */
export async function obtainImage(
	run: Run,
	{ key, subject }: { readonly key: string | undefined; readonly subject: string },
	make: () => Promise<MadeImage>,
): Promise<MadeImage> {
	if (key === undefined) return make();
	const known = (await run.made.get(key)?.catch(() => undefined)) ?? (await findImage(run, key));
	if (known !== undefined) {
		run.note(`${subject}: from cache`);
		return known;
	}
	const here: ImageMaker = { make, receive: (record, bytes) => receiveImage(run, record, bytes) };
	const made = run.ports.cache?.obtain(key, here) ?? make();
	run.made.set(key, made);
	const image = await made;
	recordImage(run, key, image);
	return image;
}

/** Records which image a key names. */
export function recordImage({ store, made }: Run, key: string, image: MadeImage): void {
	made.set(key, Promise.resolve(image));
	store.writeRecord(key, encodeCanonicalJson(madeRecordValue(image)));
}

/** Finds an image of an earlier run; a damaged one is removed. */
async function findImage(run: Run, key: string): Promise<MadeImage | undefined> {
	const { store } = run;
	const record = parseMadeRecord(store.readRecord(key));
	const content = record && (await store.openSound(`sha256:${record.sha256}`, record.size));
	return content && { ...record!, content: run.keepOpen(content) };
}

/** Keeps an image that was written to a file of the store. */
export function keepImage(
	run: Run,
	file: PendingFile,
	size: number,
	findings: readonly Finding[],
): MadeImage {
	const sha256 = contentSha256({ size, read: (target, position) => file.read(target, position) });
	const content = run.keepOpen(run.store.adoptBlob(file, `sha256:${sha256}`));
	return { sha256, size, findings, observations: new Map(), content };
}

async function receiveImage(
	run: Run,
	record: MadeRecord,
	bytes: AsyncIterable<Uint8Array>,
): Promise<MadeImage> {
	const file = run.store.createBlob();
	try {
		let size = 0;
		for await (const chunk of bytes) {
			if (size + chunk.length > record.size) break;
			file.write(chunk, size);
			size += chunk.length;
		}
		const sha256 = contentSha256({ size, read: (target, position) => file.read(target, position) });
		expectDigest(record, sha256, size);
		return { ...record, content: run.keepOpen(run.store.adoptBlob(file, `sha256:${sha256}`)) };
	} finally {
		file.discard();
	}
}

function expectDigest(record: MadeRecord, sha256: string, size: number): void {
	if (sha256 === record.sha256 && size === record.size) return;
	const reason = `expected ${record.size} bytes of that digest, got ${size} bytes of ${sha256}`;
	throw new BytesError("ERR_OBJECT_DIGEST", `image ${record.sha256}: receive: ${reason}`);
}
