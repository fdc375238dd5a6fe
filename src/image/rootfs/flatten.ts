import { processorCount } from "../../codec/index.js";
import { type ByteString, displayByteString, jointSignal } from "../../ground/bytes/index.js";
import type { Spool } from "../../ground/files/index.js";
import { TarError } from "../../ground/tar/index.js";
import type { ImageLayer } from "../oci/index.js";
import { type ArchiveKind, ArchiveNames } from "./archive-names.js";
import { RootfsError } from "./errors.js";
import type { Directory, RootfsTree } from "./inode.js";
import { checkBlob, type LayerOptions, layerSubject, openLimited } from "./layer.js";
import { type ApplicationOptions, implicitAttributes, LayerApplication } from "./layer-application.js";
import { type LayerStep, unpackSteps } from "./layer-steps.js";
import { LayerThread } from "./layer-thread.js";
import { OpenedLayer } from "./opened-layer.js";
import { EntryFault } from "./path-resolution.js";
import { ReadAhead } from "./read-ahead.js";
import { ImageLayers } from "./unpacked-layers.js";

/** How layers, or an archive, become a tree. */
export interface FlattenOptions extends ApplicationOptions, LayerOptions {
	/** Receives what is accepted but changed or left out, and of what Docker reads otherwise. */
	readonly onWarning?: ((message: string) => void) | undefined;
	/**
	 * Layers of at least so many stored bytes are unpacked in a thread of their own. By default 32 MiB; no layer where
	 * there is one processor.
	 */
	readonly threadFrom?: number | undefined;
}

/** Of a smaller layer, what a thread takes to start and to warm up is no less than what it saves. Bytes. */
const THREAD_PAYS = 32 << 20;

/**
 * Applies an image's layers, base first, to an empty tree: whiteouts, hard links over layers,
 * symlinks resolved inside the root (docs/formats/images.md#applying-layers). File bodies go into the spool.
 * While one layer is applied, the next is already being unpacked.
 *
 * @param place where file bodies go: a spool, or the layers that images of a run have in common.
 * @throws RootfsError naming layer and entry; BytesError of the spool; what the layers throw.
 */
export async function flatten(
	layers: readonly ImageLayer[],
	place: Spool | ImageLayers,
	options: FlattenOptions = {},
): Promise<RootfsTree> {
	const root = emptyRoot(options);
	const stop = new AbortController();
	const signal = jointSignal(stop.signal, options.signal);
	const opened: OpenedLayer[] = [];
	const shared = place instanceof ImageLayers ? place.thread : undefined;
	const thread = shared ?? new LayerThread();
	const threadFrom = options.threadFrom ?? (processorCount() > 1 ? THREAD_PAYS : Number.POSITIVE_INFINITY);
	const open = (index: number): void => {
		const layer = layers[index];
		if (layer === undefined) return;
		const aside = layer.descriptor.size >= threadFrom ? thread : undefined;
		opened[index] = new OpenedLayer(layer, place, { ...options, signal }, aside);
	};
	open(0);
	try {
		for (const [index, layer] of layers.entries()) {
			open(index + 1);
			const application = new LayerApplication(root, options);
			try {
				await applySteps(layerSubject(layer), opened[index]!.steps(), options, application);
			} catch (cause) {
				await checkBlob(layer, cause, signal);
				throw cause;
			}
		}
	} finally {
		// After a failure nothing waits for what the next layer's origin may never send, and the spool may be closed.
		stop.abort();
		for (const layer of opened) await layer.close();
		if (thread !== shared) await thread.close();
	}
	return { root };
}

/**
 * The tree of one archive used unchanged: packed or not, no whiteouts.
 * @param subject what to name in errors: the archive's file.
 * @throws RootfsError; BytesError of the spool; what `chunks` throws.
 */
export async function readArchiveTree(
	subject: string,
	chunks: AsyncIterable<Uint8Array>,
	spool: Spool,
	options: FlattenOptions = {},
): Promise<RootfsTree> {
	const root = emptyRoot(options);
	const application = new LayerApplication(root, { ...options, whiteouts: false });
	const steps = unpackSteps(new ReadAhead(openLimited(chunks, subject, options)), spool, options);
	await applySteps(subject, steps, options, application);
	checkIsRootfs(root, subject);
	const around = directoryAround(root);
	if (around !== undefined) {
		const reason = `everything is below ${displayByteString(around)}/, expected bin, etc and usr at the top`;
		options.onWarning?.(`${subject}: ${reason}: pack it again with tar -C ${displayByteString(around)} -c .`);
	}
	return { root };
}

/** What root file systems have at the top. */
const USUAL: readonly string[] = ["bin", "etc", "usr", "sbin", "lib"];

/** Returns the one directory that an archive has, where a root file system is inside of it. */
function directoryAround(root: Directory): ByteString | undefined {
	const [first, ...others] = root.entries;
	if (first === undefined || others.length > 0 || USUAL.includes(first[0])) return undefined;
	const [name, inode] = first;
	const inside = inode.kind === "directory" && USUAL.some((usual) => inode.entries.has(usual as ByteString));
	return inside ? name : undefined;
}

/** What an archive is that is not a root file system, and how it is meant to be named. */
const OTHER_KINDS: Readonly<Record<Exclude<ArchiveKind, "tar">, string>> = {
	"oci-archive": "an OCI image archive (its prefix is oci-archive:)",
	"docker-archive": "a docker image archive (its prefix is docker-archive:)",
	package: "a Pantavisor package (pvpkg inspect shows it)",
};

/** An image's blobs would make a package that starts nothing. */
function checkIsRootfs(root: Directory, subject: string): void {
	const names = new ArchiveNames();
	for (const [name, inode] of root.entries) {
		names.add(name, inode.kind === "directory");
		if (inode.kind !== "directory") continue;
		for (const [below, child] of inode.entries) names.add(`${name}/${below}`, child.kind === "directory");
	}
	if (names.kind === "tar") return;
	const reason = `expected a root file system, got ${OTHER_KINDS[names.kind]}`;
	throw new RootfsError("ERR_ROOTFS_KIND", `${subject}: read root file system: ${reason}`);
}

async function applySteps(
	subject: string,
	steps: AsyncIterable<LayerStep> | Iterable<LayerStep>,
	{ onWarning }: FlattenOptions,
	application: LayerApplication,
): Promise<void> {
	let current = "" as ByteString;
	const warn = (message: string): void => onWarning?.(`${subject}: ${message}`);
	try {
		for await (const step of steps) {
			if (typeof step === "string") {
				warn(step);
				continue;
			}
			current = step.path;
			application.apply(step, warn);
		}
	} catch (cause) {
		throw layerError(subject, current, cause);
	}
}

function layerError(subject: string, path: ByteString, cause: unknown): unknown {
	if (cause instanceof TarError)
		return new RootfsError("ERR_LAYER_TAR", `${subject}: ${cause.message}`, { cause });
	if (!(cause instanceof EntryFault)) return cause;
	const entry = displayByteString(path.slice(0, 256) as ByteString);
	return new RootfsError("ERR_LAYER_ENTRY", `${subject}: ${entry}: apply: ${cause.message}`, { cause });
}

function emptyRoot({ time }: FlattenOptions): Directory {
	return { kind: "directory", attributes: implicitAttributes(time ?? 0), entries: new Map() };
}
