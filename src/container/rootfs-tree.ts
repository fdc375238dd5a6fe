import { contentSha256, hashedChunks } from "../ground/bytes/index.js";
import { type FileContent, Spool, streamContent } from "../ground/files/index.js";
import { type Descriptor, parseDigest } from "../image/oci/index.js";
import {
	type FlattenOptions,
	giveToRoot,
	type RootfsTree,
	readArchiveTree,
	treeDigest,
} from "../image/rootfs/index.js";
import {
	type CachingSource,
	cachedSource,
	openPackedArchive,
	type RootfsLocation,
	readRootfs,
	SourceError,
} from "../image/sources/index.js";
import { isUrl, publicPlace } from "./address.js";
import { openUrl, urlSource } from "./download.js";
import { BuildError } from "./errors.js";
import type { RootfsInput } from "./input.js";
import { openPlace } from "./opener.js";
import type { PinnedRootfs, RootfsContent } from "./ports.js";
import type { Run } from "./run.js";

/** A root file system to read, and its expected content. */
interface RootfsRequest {
	readonly input: RootfsInput;
	/** Absent: any content. */
	readonly pinned?: PinnedRootfs | undefined;
}

/**
 * Reads a root file system: of a directory, of an archive, or of an archive at an address. Checks the content
 * that a lock records.
 * @throws BuildError ERR_BUILD_SOURCE for another content than the pinned one.
 */
export async function readRootfsTree(
	run: Run,
	{ input, pinned }: RootfsRequest,
	spool: Spool,
	options: FlattenOptions,
): Promise<RootfsTree> {
	const { location } = input;
	if (location.kind === "dir") return readDirectoryTree(run, location, pinned?.content, spool, options);
	const { path } = location;
	if (isUrl(path)) return readArchiveTree(publicPlace(path), openAddress(run, path, pinned), spool, options);
	if (pinned === undefined) return readRootfs(location, spool, run.sourceContext, options);
	const file = await openPackedArchive(path, run.sourceContext);
	try {
		expectContent(input.text, pinned.content, { kind: "file", ...digestOf(file) });
		const chunks = lockedChunks(input.text, streamContent(file), pinned.content);
		return await readArchiveTree(path, chunks, spool, options);
	} finally {
		file.close();
	}
}

/**
 * Returns the content of a root file system for a lock. Keeps an archive from an address in the store.
 * @throws SourceError ERR_LOCATION for standard input.
 */
export async function identifyRootfs(
	run: Run,
	{ location, text }: RootfsInput,
	owner: "root" | undefined,
): Promise<RootfsContent> {
	const { kind, path } = location;
	if (kind === "dir") return identifyDirectory(run, location, owner);
	if (path === "-") {
		throw new SourceError(
			"ERR_LOCATION",
			`${text}: read: standard input cannot be read again, expected a file`,
		);
	}
	if (isUrl(path)) return receiveAddress(run, path);
	const file = await openPackedArchive(path, run.sourceContext);
	try {
		return { kind: "file", ...digestOf(file) };
	} finally {
		file.close();
	}
}

async function identifyDirectory(
	run: Run,
	location: RootfsLocation,
	owner: "root" | undefined,
): Promise<RootfsContent> {
	const { temporaryDirectory, time, maximumTime, maximumLayer: maximumSize, signal } = run.settings;
	const spool = Spool.create(temporaryDirectory);
	try {
		const found = await readRootfs(location, spool, run.sourceContext, {
			time,
			maximumTime,
			maximumSize,
			signal,
		});
		const tree = owner === "root" ? giveToRoot(found, time) : found;
		return { kind: "directory", sha256: treeDigest(tree, owner === undefined), owner };
	} finally {
		spool.close();
	}
}

async function readDirectoryTree(
	run: Run,
	location: RootfsLocation,
	expected: RootfsContent | undefined,
	spool: Spool,
	options: FlattenOptions,
): Promise<RootfsTree> {
	const found = await readRootfs(location, spool, run.sourceContext, options);
	const { owner, time } = run.settings;
	const given = expected?.kind === "directory" ? expected.owner : owner;
	const tree = given === "root" ? giveToRoot(found, time) : found;
	if (expected === undefined) return tree;
	const sha256 = treeDigest(tree, given === undefined);
	expectContent(`dir:${location.path}`, expected, { kind: "directory", sha256, owner: given });
	return tree;
}

/** Warns if the files belong to the current user: they would have another owner on another machine. */
export function warnOfOwner(
	run: Run,
	{ kind, path }: RootfsLocation,
	{ root: { attributes } }: RootfsTree,
): void {
	const { userId } = run.settings.registry;
	if (kind !== "dir" || !userId || attributes.uid !== userId) return;
	const reason = `its files belong to you (user ${userId}), and so they will on the device`;
	run.settings.onWarning?.(`dir:${path}: read owners: ${reason} (--owner root gives them to root)`);
}

/** Hashes an archive while it is read, because it may have changed since it was compared with the lock. */
function lockedChunks(
	subject: string,
	chunks: AsyncIterable<Uint8Array>,
	expected: RootfsContent,
): AsyncIterable<Uint8Array> {
	return hashedChunks(chunks, (sha256, size) =>
		expectContent(subject, expected, { kind: "file", sha256, size }),
	);
}

function expectContent(subject: string, expected: RootfsContent, got: RootfsContent): void {
	if (expected.kind === got.kind && expected.sha256 === got.sha256) return;
	const reason = `expected what the lock has (${expected.kind} ${expected.sha256}), got ${got.kind} ${got.sha256}`;
	const remedy = `"pvpkg lock --update ${subject}" records what is there`;
	throw new BuildError("ERR_BUILD_SOURCE", `${subject}: check content: ${reason} (${remedy})`);
}

function digestOf(file: FileContent): { readonly sha256: string; readonly size: number } {
	return { sha256: contentSha256(file), size: file.size };
}

/** Streams the archive at an address: a locked one from the store or from the layout of `--from`. */
async function* openAddress(
	run: Run,
	url: string,
	pinned: PinnedRootfs | undefined,
): AsyncGenerator<Uint8Array> {
	if (pinned?.content.kind !== "file") {
		yield* openUrl(url, run.settings);
		return;
	}
	const { content, place, explain } = pinned;
	try {
		const source = await addressSource(run, url, place);
		const chunks = source.openBlob(fileDescriptor(content), run.settings.signal);
		yield* lockedChunks(`tar:${publicPlace(url)}`, chunks, content);
	} catch (error) {
		throw explain?.(error) ?? error;
	}
}

/** Opens the blob of an address: in a layout, or over the network through the store. */
export async function addressSource(
	run: Run,
	url: string,
	place: PinnedRootfs["place"],
): Promise<CachingSource> {
	if (place !== undefined) return (await openPlace(run, place)).source;
	const { offline } = run.settings;
	return run.keepOpen(cachedSource(urlSource(url, run.settings), run.store, { offline }));
}

/** Returns the descriptor of a locked archive in the store and in layouts. */
export function fileDescriptor({
	sha256,
	size,
}: {
	readonly sha256: string;
	readonly size: number;
}): Descriptor {
	return { mediaType: "application/octet-stream", digest: parseDigest(`sha256:${sha256}`), size };
}

/** Most bytes that are downloaded for a lock, unless the settings set another limit. */
const MAXIMUM_ARCHIVE = 16 * 2 ** 30;

async function receiveAddress(run: Run, url: string): Promise<RootfsContent> {
	const { maximumLayer: maximum = MAXIMUM_ARCHIVE } = run.settings;
	const file = run.store.createBlob();
	try {
		let size = 0;
		for await (const chunk of openUrl(url, run.settings)) {
			if (size + chunk.length > maximum) {
				const reason = `expected at most ${maximum} bytes (--max-layer allows more)`;
				throw new SourceError("ERR_SOURCE_FORMAT", `${publicPlace(url)}: download: ${reason}`);
			}
			file.write(chunk, size);
			size += chunk.length;
		}
		const received = { size, read: (target: Uint8Array, position: number) => file.read(target, position) };
		const sha256 = contentSha256(received);
		run.keepOpen(run.store.adoptBlob(file, `sha256:${sha256}`));
		return { kind: "file", sha256, size };
	} finally {
		file.discard();
	}
}
