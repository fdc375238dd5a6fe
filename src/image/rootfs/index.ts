export {
	type ArchitectureFinding,
	type Command,
	checkArchitecture,
	judgePrograms,
	type Programs,
	programReader,
} from "./architecture-check.js";
export { type ArchiveKind, ArchiveNames, memberPath } from "./archive-names.js";
export { RootfsError, type RootfsErrorCode } from "./errors.js";
export { isFileCapability } from "./file-capability.js";
export { resolveFile } from "./file-lookup.js";
export { type FlattenOptions, flatten, readArchiveTree } from "./flatten.js";
export type { ImageLayers } from "./image-layers.js";
export type {
	Attributes,
	Device,
	Directory,
	DirectoryDraft,
	Inode,
	Ipc,
	RegularFile,
	RootfsTree,
	Symlink,
} from "./inode.js";
export { type LayerOptions, openArchive, openLayerTar } from "./layer.js";
export type { ApplicationOptions } from "./layer-application.js";
export { giveToRoot } from "./stated-owner.js";
export { finishRootfs } from "./structure.js";
export { treeDigest } from "./tree-digest.js";
export { type KeptLayers, UnpackedLayers } from "./unpacked-layers.js";
export { lookUpUser, type UserNumbers } from "./user-lookup.js";
