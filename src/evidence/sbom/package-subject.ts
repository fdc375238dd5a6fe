import type { Evidence } from "../../container/index.js";
import { type Catalogue, catalogueOfImages, type IncompleteNote } from "../catalogue/index.js";
import type { CarriedDocument, CarriedDocuments } from "./buildkit.js";
import type { CarriedReference, SbomContainer, SbomSubject } from "./subject.js";

/** The parts of a document that are not in the package: its own name, maker and time. */
export interface DocumentHeader {
	/** File name of the package. */
	readonly name: string;
	readonly tool: SbomSubject["tool"];
	/** Seconds since 1970, if the caller decides it: SOURCE_DATE_EPOCH. */
	readonly created?: number | undefined;
}

/**
 * Returns the subject of a made package's document. Unless the caller states a time, it is that of the last
 * change of the newest file in the package: the package alone decides it, without a record of its making.
 * @param carried documents that the builders of images stored beside them, by the names of containers.
 */
export function packageSubject(
	{ state, containers, objects }: Pick<Evidence, "state" | "containers" | "objects">,
	{ name, tool, created }: DocumentHeader,
	carried: ReadonlyMap<string, CarriedDocuments> = new Map(),
): SbomSubject {
	const subjects = containers.map((container): SbomContainer => {
		const catalogue = catalogueOfImages(container.images);
		return {
			name: container.name,
			version: container.manifest.dockerTag,
			images: container.images.map(({ file, sha256 }) => ({ path: `${container.name}/${file}`, sha256 })),
			catalogue: withNotes(
				withUnreadVolumes(catalogue, container.name, objects.keys()),
				carried.get(container.name)?.notes,
			),
			carried: carriedReferences(name, carried.get(container.name)?.documents),
		};
	});
	return {
		name,
		identity: state.unsigned,
		created: created ?? newestTime(subjects),
		tool,
		containers: subjects.sort((a, b) => (a.name < b.name ? -1 : 1)),
	};
}

/** Returns the time of the last change of the newest file of all containers; 0 without files. */
export function newestTime(containers: readonly Pick<SbomContainer, "catalogue">[]): number {
	return Math.max(0, ...containers.map(({ catalogue }) => catalogue.newest ?? 0));
}

const ROOT_IMAGES = ["root.squashfs", "root.ovl.squashfs"];

/** Adds a note for each other file system of a container, because only root file systems are catalogued. */
export function withUnreadVolumes(catalogue: Catalogue, name: string, keys: Iterable<string>): Catalogue {
	const volumes = [...keys].filter((key) => {
		const file = key.startsWith(`${name}/`) ? key.slice(name.length + 1) : "";
		return file.endsWith(".squashfs") && !ROOT_IMAGES.includes(file);
	});
	const notes = volumes.sort().map((path) => ({ path, reason: "only root file systems are catalogued" }));
	return withNotes(catalogue, notes);
}

function withNotes(catalogue: Catalogue, notes: readonly IncompleteNote[] = []): Catalogue {
	return notes.length === 0 ? catalogue : { ...catalogue, incomplete: [...catalogue.incomplete, ...notes] };
}

/** Returns the references from a package's document to carried documents; undefined if there are none. */
export function carriedReferences(
	name: string,
	documents: readonly CarriedDocument[] = [],
): CarriedReference[] | undefined {
	if (documents.length === 0) return undefined;
	return documents.map(({ namespace, sha256 }, at) => ({
		fileName: carriedName(name, at),
		namespace,
		sha256,
	}));
}

/** Returns the file name of a carried document: `demo.amd64.tgz.buildkit.spdx.json`. */
export function carriedName(packageName: string, at: number): string {
	return `${packageName}.buildkit${at === 0 ? "" : `-${at + 1}`}.spdx.json`;
}
