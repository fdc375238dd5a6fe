import { catalogueFiles } from "../../evidence/catalogue/index.js";
import { type ListedComponent, listComponent } from "../../evidence/sbom/index.js";
import type { ByteString } from "../../ground/bytes/index.js";
import { applyOverlay } from "../../image/overlay/index.js";
import type { DirectoryDraft, RootfsTree } from "../../image/rootfs/index.js";
import type { PackageWeight } from "./platform-report.js";
import type { OutlineEntry, WeighedImage } from "./weighing.js";

/** A package of one side of a comparison, with its files in all images. */
export interface WeighedPackage {
	/** Type of its package URL. */
	readonly type: string;
	readonly name: string;
	readonly versions: Set<string>;
	/** Weight of its files; each file counts in one package at most. */
	readonly weight: { -readonly [K in keyof PackageWeight]: PackageWeight[K] };
}

/** Most bytes to read from the images below overlays, in all: thousands of overlays may lie over one image. */
const BELOW_LIMIT = 256 * 2 ** 20;
/** Cost of a name, in the same bytes. */
const NAME_COST = 256;

/** The packages of the images of one side. */
export class PackageWeights {
	/** Packages by type and name. */
	readonly packages: Map<string, WeighedPackage> = new Map();
	/** Whether an overlay was looked at without the image below it, as the limit of those was reached. */
	isLimited = false;
	#below = 0;

	/**
	 * Adds an image.
	 * @param below the image below an overlay, whose lists include files of the overlay.
	 * @returns a function from the path of a file to the key in `packages` of its package.
	 */
	add(image: WeighedImage, below?: WeighedImage): (path: string) => string | undefined {
		const files = image.files();
		const paths = files.map(({ path }) => path);
		const { catalogue, owners, placeOf } = catalogueFiles(this.#visibleTree(image, below), paths);
		const keys = catalogue.components.map((component) => this.#addVersion(listComponent(component)));
		for (const [i, owner] of owners.entries()) {
			if (owner < 0) continue;
			const { weight } = this.packages.get(keys[owner]!)!;
			weight.files++;
			weight.size += files[i]!.size;
			weight.stored += files[i]!.stored;
		}
		return (path) => keys[owners[placeOf(path) ?? -1] ?? -1];
	}

	/**
	 * Returns the files as a device sees them, with the image below an overlay, unless that would be too much
	 * work.
	 */
	#visibleTree({ outline }: WeighedImage, below: WeighedImage | undefined): RootfsTree {
		const tree = outlineTree(outline);
		if (below === undefined) return tree;
		this.#below += readingCost(below.outline);
		if (this.#below <= BELOW_LIMIT) return applyOverlay(outlineTree(below.outline), tree);
		this.isLimited = true;
		return tree;
	}

	#addVersion({ type, name, version }: ListedComponent): string {
		const key = `${type}\0${name}`;
		const known = this.packages.get(key);
		if (known !== undefined) known.versions.add(version);
		else {
			const weight = { files: 0, size: 0, stored: 0 };
			this.packages.set(key, { type, name, versions: new Set([version]), weight });
		}
		return key;
	}
}

function readingCost(outline: readonly OutlineEntry[]): number {
	return outline.reduce((sum, entry) => sum + NAME_COST + ("content" in entry ? entry.content.size : 0), 0);
}

function outlineTree(outline: readonly OutlineEntry[]): RootfsTree {
	const directories = new Map<string, DirectoryDraft>();
	for (const entry of outline) {
		const inode = outlineInode(entry);
		if (inode.kind === "directory") directories.set(entry.path, inode);
		if (entry.path === "") continue;
		const slash = entry.path.lastIndexOf("/");
		const parent = directories.get(entry.path.slice(0, Math.max(slash, 0)));
		parent?.entries.set(entry.path.slice(slash + 1) as ByteString, inode);
	}
	return { root: directories.get("")! };
}

function outlineInode(entry: OutlineEntry): DirectoryDraft | Exclude<OutlineEntry, { kind: "directory" }> {
	if (entry.kind !== "directory") return entry;
	return { kind: "directory", attributes: entry.attributes, entries: new Map() };
}
