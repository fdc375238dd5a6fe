import { type Catalogue, type Component, catalogueTree } from "../../src/evidence/catalogue/index.js";
import type { Content } from "../../src/ground/bytes/index.js";
import type { DirectoryDraft, Inode, RootfsTree } from "../../src/image/rootfs/index.js";
import { directory, file, rootfs } from "./inodes.js";

type Body = string | Uint8Array | Content | Inode;

/** A tree of files by their paths; directories above them come by themselves. */
export function treeOf(files: Readonly<Record<string, Body>>): RootfsTree {
	const root = directory({});
	for (const [path, body] of Object.entries(files)) {
		const names = path.split("/") as (typeof root.entries extends Map<infer Name, Inode> ? Name : never)[];
		let place: DirectoryDraft = root;
		for (const name of names.slice(0, -1)) {
			const known = place.entries.get(name);
			const next = known?.kind === "directory" ? (known as DirectoryDraft) : directory({});
			place.entries.set(name, next);
			place = next;
		}
		place.entries.set(names.at(-1)!, isInode(body) ? body : file(body));
	}
	return rootfs(root);
}

function isInode(body: Body): body is Inode {
	return typeof body === "object" && "kind" in body;
}

export const DEBIAN_12 = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n';

/** `name version` of each component, in the catalogue's order. */
export function versionsOf({ components }: Catalogue): string[] {
	return components.map(({ namespace, name, version, type }) => {
		const isScoped = namespace !== "" && (type === "npm" || type === "golang");
		return `${isScoped ? `${namespace}/` : ""}${name} ${version}`;
	});
}

/** The one component of a name. */
export function componentOf({ components }: Catalogue, name: string): Component {
	const [found, ...others] = components.filter((component) => component.name === name);
	if (found === undefined || others.length > 0) throw new Error(`${name}: expected one component`);
	return found;
}

/** Names of what a component depends on. */
export function requirementsOf(catalogue: Catalogue, name: string): string[] {
	return componentOf(catalogue, name).requires.map((index) => catalogue.components[index]!.name);
}

export function catalogueOf(files: Readonly<Record<string, Body>>): Catalogue {
	return catalogueTree(treeOf(files));
}
