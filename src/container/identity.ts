import { type ByteString, type Content, utf8ByteString } from "../ground/bytes/index.js";
import { applyOverlay } from "../image/overlay/index.js";
import {
	type Attributes,
	type Inode,
	lookUpUser,
	type RootfsTree,
	type UserNumbers,
} from "../image/rootfs/index.js";
import type { StateFile } from "../pantavisor/package/index.js";
import { isRunnable } from "../pantavisor/run/index.js";
import {
	imageSettings,
	renderRules,
	type SourceManifest,
	TemplateArguments,
} from "../pantavisor/source/index.js";
import { openImage, readTree } from "../squashfs/read/index.js";
import type { RootFile } from "./ports.js";

/** What a container's program sees as its root file system, from the bottom up. */
export interface ContainerRoot {
	/** The image of the base container. */
	readonly base?: Content | undefined;
	readonly images: ReadonlyMap<RootFile, Content>;
	/** Files laid over all of it, by their path in it. */
	readonly overlay?: ReadonlyMap<string, StateFile> | undefined;
}

/**
 * Returns the numbers of the image's User where `PVPKG_IMAGE_USER` asks for them (field faults 5.3). They are
 * looked up in the images that devices get, so that a cached image gives the same numbers.
 * @throws RootfsError ERR_ROOTFS_USER for a name that no file there has.
 */
export async function findIdentity(
	source: SourceManifest,
	openRoot: () => Promise<ContainerRoot>,
): Promise<UserNumbers | undefined> {
	const args = new TemplateArguments(source.args, renderRules(undefined));
	if (!args.has("PVPKG_IMAGE_USER") || !isRunnable(args)) return undefined;
	const { user } = imageSettings(source);
	return user === "" ? undefined : lookUpUser(readRoot(await openRoot()), user);
}

function readRoot({ base, images, overlay }: ContainerRoot): RootfsTree {
	const layers = [base, images.get("root.squashfs"), images.get("root.ovl.squashfs")];
	const trees = layers.flatMap((image) => (image === undefined ? [] : [readTree(openImage(image))]));
	return [...trees, overlayTree(overlay ?? new Map())].reduce((below, above) => applyOverlay(below, above));
}

/** Returns the files that users are looked up in, where the overlay brings its own. */
function overlayTree(overlay: ReadonlyMap<string, StateFile>): RootfsTree {
	const attributes: Attributes = { mode: 0o755, uid: 0, gid: 0, mtime: 0, xattrs: new Map() };
	const files = ["passwd", "group"].flatMap((name): [ByteString, Inode][] => {
		const file = overlay.get(`etc/${name}`);
		if (file === undefined || !("object" in file)) return [];
		return [[utf8ByteString(name), { kind: "file", attributes, content: file.object }]];
	});
	const etc: Inode = { kind: "directory", attributes, entries: new Map(files) };
	const entries = new Map<ByteString, Inode>(files.length > 0 ? [[utf8ByteString("etc"), etc]] : []);
	return { root: { kind: "directory", attributes, entries } };
}
