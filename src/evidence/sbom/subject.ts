import type { Catalogue } from "../catalogue/index.js";

/** What a document is about, with all that decides its bytes. */
export interface SbomSubject {
	/** The document's name: the file's or the image's. */
	readonly name: string;
	/**
	 * Lower-case hex SHA-256 that signing does not change: of a package's canonical state without
	 * `_sigs/`, of an image's manifest, of a root file system's catalogue.
	 */
	readonly identity: string;
	/** Seconds since 1970 that documents give as the time of their making. */
	readonly created: number;
	/** The program that made it: `pvpkg` and its version. */
	readonly tool: { readonly name: string; readonly version: string };
	/** By name. */
	readonly containers: readonly SbomContainer[];
}

export interface SbomContainer {
	readonly name: string;
	/** Such as the tag of its image. */
	readonly version?: string | undefined;
	/** Its image files, the root file system first. */
	readonly images: readonly SbomImage[];
	readonly catalogue: Catalogue;
	/** Documents of the image's builder that are kept beside this one. */
	readonly carried?: readonly CarriedReference[] | undefined;
}

/** A document that another one refers to. */
export interface CarriedReference {
	/** File name, beside the document. */
	readonly fileName: string;
	/** An address by which SPDX documents name it. */
	readonly namespace: string;
	/** Lower-case hex. */
	readonly sha256: string;
}

/** A file of a package, or an image in a registry. */
export interface SbomImage {
	/** In the package: `demo/root.squashfs`. */
	readonly path: string;
	/** Lower-case hex. */
	readonly sha256: string;
}
