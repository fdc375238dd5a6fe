import type { Catalogue } from "../catalogue/index.js";

/** The subject of a document, with everything that decides its bytes. */
export interface SbomSubject {
	/** Name of the document: that of the file or of the image. */
	readonly name: string;
	/**
	 * Lower-case hex SHA-256 that does not depend on signatures: of a package's canonical state without `_sigs/`,
	 * of an image's manifest, of a root file system's catalogue.
	 */
	readonly identity: string;
	/** Seconds since 1970: the time of its making in documents. */
	readonly created: number;
	/** The program that made it: `pvpkg` and its version. */
	readonly tool: { readonly name: string; readonly version: string };
	/** Containers by name. */
	readonly containers: readonly SbomContainer[];
}

export interface SbomContainer {
	readonly name: string;
	/** Version, such as the tag of its image. */
	readonly version?: string | undefined;
	/** Its image files, the root file system first. */
	readonly images: readonly SbomImage[];
	readonly catalogue: Catalogue;
	/** Documents by the image's builder that are kept beside this one. */
	readonly carried?: readonly CarriedReference[] | undefined;
}

/** A document that another one refers to. */
export interface CarriedReference {
	/** File name of the document, beside the other one. */
	readonly fileName: string;
	/** The address by which SPDX documents refer to it. */
	readonly namespace: string;
	/** SHA-256 in lower-case hex. */
	readonly sha256: string;
}

/** A file of a package, or an image in a registry. */
export interface SbomImage {
	/** Path in the package: `demo/root.squashfs`. */
	readonly path: string;
	/** SHA-256 in lower-case hex. */
	readonly sha256: string;
}
