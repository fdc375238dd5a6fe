import { BuildError, stateDigests } from "../container/index.js";
import type { ReadAhead } from "../evidence/catalogue/index.js";
import type { SbomContainer, SbomImage, SbomSubject } from "../evidence/sbom/index.js";
import { type Content, contentSha256 } from "../ground/bytes/index.js";
import { isJsonObject } from "../ground/json/index.js";
import { applyOverlay } from "../image/overlay/index.js";
import type { RootfsTree } from "../image/rootfs/index.js";
import { ExportError, expectDigest, type ObjectSource } from "../pantavisor/package/index.js";
import { objectReference, type State } from "../pantavisor/state/index.js";
import { openImage, readTree, type SquashfsImage } from "../squashfs/read/index.js";

/** What is known of a subject without the caller's choices. */
export type Described = Pick<SbomSubject, "name" | "identity" | "containers"> & {
	/** Seconds since 1970. */
	readonly created?: number | undefined;
};

interface OpenedState {
	readonly state: State;
	readonly objects: ObjectSource;
}

/** Root file systems of a container, the lower one first. */
const ROOT_IMAGES = ["root.squashfs", "root.ovl.squashfs"];

/**
 * Catalogues the containers of a state, each as it sees its root file system: its own image, its base's,
 * and the overlay above.
 * @throws BuildError ERR_BUILD_REQUEST where there is no container; ExportError ERR_OBJECT_MISSING,
 *   ERR_OBJECT_HASH; SquashfsError
 */
export async function packageContents({ state, objects }: OpenedState, name: string): Promise<Described> {
	const { catalogueTree } = await import("../evidence/catalogue/index.js");
	const { withUnreadVolumes } = await import("../evidence/sbom/index.js");
	const containers = packageImages(state).map(({ name, version, images }): SbomContainer => {
		const { tree, readAhead } = containerTree(state, objects, name);
		const catalogue = withUnreadVolumes(catalogueTree(tree, readAhead), name, state.keys());
		return { name, version, images, catalogue };
	});
	if (containers.length > 0) return { name, identity: stateIdentity(state), containers };
	const reason = "expected a container with root.squashfs, got none";
	throw new BuildError("ERR_BUILD_REQUEST", `${name}: list contents: ${reason}`);
}

/** Returns the SHA-256 of a state without its signatures. */
export function stateIdentity(state: State): string {
	return stateDigests(state).unsigned;
}

/** Returns the containers of a state with their root file systems, by name. */
export function packageImages(state: State): Omit<SbomContainer, "catalogue">[] {
	const names = new Set(
		[...state.keys()].filter((key) => key.includes("/")).map((key) => key.split("/")[0]!),
	);
	return [...names].sort().flatMap((name) => {
		const images = ROOT_IMAGES.flatMap((file): SbomImage[] => {
			const sha256 = objectReference(state.get(`${name}/${file}`));
			return sha256 === undefined ? [] : [{ path: `${name}/${file}`, sha256 }];
		});
		const version = sourceMember(state, name, "docker_tag");
		return images.length === 0 ? [] : [{ name, version, images }];
	});
}

/** The root file system of a container, and what expands blocks of its images ahead. */
function containerTree(
	state: State,
	objects: ObjectSource,
	name: string,
): { readonly tree: RootfsTree; readonly readAhead: ReadAhead } {
	const opened: SquashfsImage[] = [];
	const open = (key: string): RootfsTree | undefined => {
		const sha256 = objectReference(state.get(key));
		if (sha256 === undefined) return undefined;
		const image = openImage(checkedObject(objects, key, sha256));
		opened.push(image);
		return readTree(image);
	};
	const base = sourceMember(state, name, "base") ?? name;
	const root = open(`${base}/root.squashfs`);
	const overlay = open(`${name}/root.ovl.squashfs`);
	const tree = root !== undefined && overlay !== undefined ? applyOverlay(root, overlay) : (root ?? overlay)!;
	const readAhead: ReadAhead = (stretches) => {
		const ahead = opened.map((image) => image.expandAhead(stretches));
		return {
			close() {
				for (const one of ahead) one.close();
			},
		};
	};
	return { tree, readAhead };
}

function sourceMember(state: State, name: string, member: string): string | undefined {
	const manifest = state.get(`${name}/src.json`);
	const value = isJsonObject(manifest) ? manifest.get(member) : undefined;
	return typeof value === "string" ? value : undefined;
}

function checkedObject(objects: ObjectSource, key: string, sha256: string): Content {
	const content = objects.get(sha256);
	if (content === undefined) {
		throw new ExportError("ERR_OBJECT_MISSING", `${key}: find object: expected object ${sha256}, got none`);
	}
	expectDigest(`${key}: read object ${sha256}`, sha256, contentSha256(content));
	return content;
}
