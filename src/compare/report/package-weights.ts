import { catalogueFiles } from "../../evidence/catalogue/index.js";
import { type ListedComponent, listComponent } from "../../evidence/sbom/index.js";
import type { ByteString } from "../../ground/bytes/index.js";
import type { Directory, RootfsTree } from "../../image/rootfs/index.js";
import type { PackageWeight } from "./platform-report.js";
import type { OutlineEntry, WeighedImage } from "./weighing.js";

/** A package of one side of a comparison, whatever images it has files in. */
export interface WeighedPackage {
	/** Of its package URL. */
	readonly type: string;
	readonly name: string;
	readonly versions: Set<string>;
	/** Of the files that belong to it, each counted in one package at most. */
	readonly weight: { -readonly [K in keyof PackageWeight]: PackageWeight[K] };
}

/** The packages of the images of one side. */
export class PackageWeights {
	/** By type and name. */
	readonly packages: Map<string, WeighedPackage> = new Map();

	/** Adds an image; returns what gives the key in `packages` of whose a file is, by its path. */
	add(image: WeighedImage): (path: string) => string | undefined {
		const files = image.files();
		const paths = files.map(({ path }) => path);
		const { catalogue, owners, placeOf } = catalogueFiles(outlineTree(image.outline), paths);
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

function outlineTree(outline: readonly OutlineEntry[]): RootfsTree {
	const directories = new Map<string, Directory>();
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

function outlineInode(
	entry: OutlineEntry,
): RootfsTree["root"] | Exclude<OutlineEntry, { kind: "directory" }> {
	if (entry.kind !== "directory") return entry;
	return { kind: "directory", attributes: entry.attributes, entries: new Map() };
}
