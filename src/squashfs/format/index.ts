export {
	type DataLayout,
	type DataWriter,
	type FileLayout,
	type FileLayouts,
	type FragmentEntry,
	type ImageFile,
	type NamedContent,
	RAW_DATA_BLOCK,
} from "./data-layout.js";
export { type DirectoryEntry, ENTRY_SIZE, RUN_HEADER_SIZE, RUN_LIMIT, writeListing } from "./directory.js";
export { SquashfsError, type SquashfsErrorCode } from "./errors.js";
export { encodeExportEntries } from "./export-table.js";
export { encodeFragmentEntries, FRAGMENT_ENTRY_SIZE } from "./fragment-table.js";
export { ID_ENTRY_SIZE, IdTable } from "./id-table.js";
export {
	type Alignment,
	checkAlignment,
	checkModificationTime,
	DEFAULT_IMAGE_OPTIONS,
	type ImageOptions,
	type ImageStats,
	parseAlignment,
} from "./image-options.js";
export { type BlockObserver, damaged, ImageSource, readRange, readU64 } from "./image-source.js";
export {
	decodeDevice,
	EXTENDED,
	encodeInode,
	INODE_TYPES,
	type InodeBody,
	type InodeHeader,
	type InodeKind,
	NO_INDEX,
} from "./inode.js";
export { encodeLookupTable, type LookupTable } from "./lookup-table.js";
export {
	type CompressMetadata,
	decodeReference,
	encodeMetadataBlock,
	encodeReference,
	METADATA_BLOCK_SIZE,
	type MetadataPosition,
	MetadataWriter,
	RAW_METADATA_BLOCK,
} from "./metadata-writer.js";
export {
	decodeSuperblock,
	encodeSuperblock,
	SUPERBLOCK_FLAGS,
	SUPERBLOCK_SIZE,
	type Superblock,
} from "./superblock.js";
export {
	XATTR_HEADER_SIZE,
	XATTR_ID_SIZE,
	XATTR_PREFIXES,
	XATTR_VALUE_ELSEWHERE,
	XattrTable,
} from "./xattr-table.js";
