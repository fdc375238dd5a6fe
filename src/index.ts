// The library's door: the whole flow, and the nouns it takes and gives.
// Rooms that are of use by themselves have subpaths: pvpkg/squashfs, pvpkg/rootfs, pvpkg/registry,
// pvpkg/pantavisor, pvpkg/signing.

export * from "./internal.js";
