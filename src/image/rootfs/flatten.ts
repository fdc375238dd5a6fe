import { type ByteString, displayByteString } from "../../ground/bytes/index.js";
import type { Spool } from "../../ground/files/index.js";
import { TarError } from "../../ground/tar/index.js";
import type { ImageLayer } from "../oci/index.js";
import { type ArchiveKind, ArchiveNames } from "./archive-names.js";
import { RootfsError } from "./errors.js";
import { ImageLayers } from "./image-layers.js";
import type { Directory, RootfsTree } from "./inode.js";
import type { TreeKeeper } from "./kept-trees.js";
import { type LayerOptions, layerSubject, openLimited } from "./layer.js";
import { type ApplicationOptions, implicitAttributes, LayerApplication } from "./layer-application.js";
import { LayerSequence } from "./layer-sequence.js";
import { type LayerStep, unpackSteps } from "./layer-steps.js";
import { EntryFault } from "./path-resolution.js";
import { ReadAhead } from "./read-ahead.js";
import { TreeDraft } from "./tree-draft.js";

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

/**
 * Applies an image's layers, base first, to an empty tree: whiteouts, hard links over layers,
 * symlinks resolved inside the root (docs/formats/images.md#applying-layers). File bodies go into the spool.
 * While one layer is applied, the next is already being unpacked. The first layers are not applied again where
 * another image of the run has the same ones: images share directories and other inodes, so nobody may change them.
 *
 * @param place where file bodies go: a spool, or the layers that images of a run have in common.
 * @throws RootfsError naming layer and entry; BytesError of the spool; what the layers throw.
 */
export async function flatten(
	layers: readonly ImageLayer[],
	place: Spool | ImageLayers,
	options: FlattenOptions = {},
): Promise<RootfsTree> {
	if (!(place instanceof ImageLayers)) return applyLayers(layers, place, options);
	const keeper = await place.openTree(layers, options);
	try {
		return await applyLayers(layers, place, options, keeper);
	} finally {
		keeper?.close();
	}
}

/** Applies the layers that the tree to go on from does not have, and keeps the tree after each of them. */
async function applyLayers(
	layers: readonly ImageLayer[],
	place: Spool | ImageLayers,
	options: FlattenOptions,
	keeper?: TreeKeeper,
): Promise<RootfsTree> {
	const warn = (message: string): void => {
		keeper?.warn(message);
		options.onWarning?.(message);
	};
	if (keeper !== undefined) reportFound(layers, keeper, options);
	const draft = new TreeDraft(keeper?.found?.tree ?? emptyTree(options));
	const sequence = new LayerSequence(layers, place, options);
	try {
		for (let index = keeper?.depth ?? 0; index < layers.length; index++) {
			const application = new LayerApplication(draft, options);
			const subject = layerSubject(layers[index]!);
			const entries = await sequence.use(index, (steps) => applySteps(subject, steps, warn, application));
			keeper?.applied(index, draft, entries);
		}
	} finally {
		await sequence.close();
	}
	return draft.keep();
}

/** Reports what the layers of a tree that was found reported when they were applied. */
function reportFound(layers: readonly ImageLayer[], keeper: TreeKeeper, options: FlattenOptions): void {
	for (const layer of layers.slice(0, keeper.depth)) options.onProgress?.(layer, layer.descriptor.size);
	for (const message of keeper.warnings) options.onWarning?.(message);
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
	const draft = new TreeDraft(emptyTree(options));
	const application = new LayerApplication(draft, { ...options, whiteouts: false });
	const steps = unpackSteps(new ReadAhead(openLimited(chunks, subject, options)), spool, options);
	await applySteps(subject, steps, (message) => options.onWarning?.(message), application);
	const tree = draft.keep();
	checkIsRootfs(tree.root, subject);
	const around = directoryAround(tree.root);
	if (around !== undefined) {
		const reason = `everything is below ${displayByteString(around)}/, expected bin, etc and usr at the top`;
		options.onWarning?.(`${subject}: ${reason}: pack it again with tar -C ${displayByteString(around)} -c .`);
	}
	return tree;
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

/** Applies what an archive consists of. @returns the number of its entries. */
async function applySteps(
	subject: string,
	steps: AsyncIterable<LayerStep> | Iterable<LayerStep>,
	onWarning: (message: string) => void,
	application: LayerApplication,
): Promise<number> {
	let current = "" as ByteString;
	let entries = 0;
	const warn = (message: string): void => onWarning(`${subject}: ${message}`);
	try {
		for await (const step of steps) {
			if (typeof step === "string") {
				warn(step);
				continue;
			}
			current = step.path;
			application.apply(step, warn);
			entries++;
		}
	} catch (cause) {
		throw layerError(subject, current, cause);
	}
	return entries;
}

function layerError(subject: string, path: ByteString, cause: unknown): unknown {
	if (cause instanceof TarError)
		return new RootfsError("ERR_LAYER_TAR", `${subject}: ${cause.message}`, { cause });
	if (!(cause instanceof EntryFault)) return cause;
	const entry = displayByteString(path.slice(0, 256) as ByteString);
	return new RootfsError("ERR_LAYER_ENTRY", `${subject}: ${entry}: apply: ${cause.message}`, { cause });
}

function emptyTree({ time }: FlattenOptions): RootfsTree {
	return { root: { kind: "directory", attributes: implicitAttributes(time ?? 0), entries: new Map() } };
}
