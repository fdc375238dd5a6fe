// Everything that is catalogued is foreign. What goes over a limit becomes a note of the catalogue.

const MIB = 1 << 20;

/** Bytes of a package database. */
export const DATABASE_LIMIT: number = 256 * MIB;
/** Bytes of all lists of the files of packages together. */
export const LISTS_LIMIT: number = 256 * MIB;
/** Bytes of dpkg's list of diversions: a system has a few dozen, of 100 bytes each. */
export const DIVERSIONS_LIMIT: number = MIB;
/** Bytes of one stanza or record of a database. */
export const STANZA_LIMIT: number = MIB;
/** Bytes of one package's own description, such as a package.json. */
export const MANIFEST_LIMIT: number = 4 * MIB;
/** Bytes of what a build left in a program: the module list of Go, the audit data of Rust. */
export const BUILD_RECORD_LIMIT: number = 16 * MIB;
/** Characters of a name or a version; CycloneDX takes no longer versions. */
export const VALUE_LIMIT = 1024;
/** Characters of a licence: longer ones are not names of licences, but their texts. */
export const LICENCE_LIMIT = 4096;
/** Bytes of a path that processes can open (PATH_MAX). */
export const PATH_LIMIT = 4096;
/** Components of one catalogue. */
export const COMPONENT_LIMIT: number = 1 << 18;
/** Dependencies of one catalogue. */
export const RELATION_LIMIT: number = 1 << 20;
/** Notes of one catalogue. */
export const NOTE_LIMIT = 256;
