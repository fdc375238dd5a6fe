// Everything that is catalogued is foreign. An exceeded limit becomes a note of the catalogue.

const MIB = 1 << 20;

/** Most bytes of a package database. */
export const DATABASE_LIMIT: number = 256 * MIB;
/** Most bytes of all lists of files of packages together. */
export const LISTS_LIMIT: number = 256 * MIB;
/** Most bytes of dpkg's list of diversions: a system has a few dozen, with 100 bytes each. */
export const DIVERSIONS_LIMIT: number = MIB;
/** Most bytes of one stanza or record of a database. */
export const STANZA_LIMIT: number = MIB;
/** Most bytes of the description of one package, such as package.json. */
export const MANIFEST_LIMIT: number = 4 * MIB;
/** Most bytes of build information in a program: the module list of Go, the audit data of Rust. */
export const BUILD_RECORD_LIMIT: number = 16 * MIB;
/** Most characters of a name or a version, as CycloneDX allows no longer versions. */
export const VALUE_LIMIT = 1024;
/** Most characters of a licence: longer ones are texts of licences, and not names. */
export const LICENCE_LIMIT = 4096;
/** Most bytes of a path that processes can open (PATH_MAX). */
export const PATH_LIMIT = 4096;
/** Most components of one catalogue. */
export const COMPONENT_LIMIT: number = 1 << 18;
/** Most dependencies of one catalogue. */
export const RELATION_LIMIT: number = 1 << 20;
/** Most notes of one catalogue. */
export const NOTE_LIMIT = 256;
