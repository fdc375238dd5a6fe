import { type Finder, finder, type RuleTable } from "../../ground/findings/index.js";

export type KernelRuleId =
	| "IMAGE_SHORT"
	| "IMAGE_MAGIC"
	| "IMAGE_VERSION"
	| "IMAGE_CUT"
	| "IMAGE_PADDING"
	| "IMAGE_DAMAGED"
	| "IMAGE_NOT_CHECKED"
	| "IMAGE_COMPRESSOR"
	| "IMAGE_COUNTS"
	| "IMAGE_TABLES"
	| "IMAGE_XATTR_INDEX"
	| "IMAGE_ID_INDEX"
	| "IMAGE_EXPORT_INDEX"
	| "IMAGE_FRAGMENT_INDEX"
	| "IMAGE_OPTIONS"
	| "IMAGE_XZ_CHECK"
	| "IMAGE_XZ_DICTIONARY"
	| "IMAGE_XZ_FILTER"
	| "IMAGE_MODE_BITS"
	| "IMAGE_WHOLE_BLOCK_FRAGMENT"
	| "IMAGE_CAPABILITY"
	| "IMAGE_KERNEL_CONFIG"
	| "IMAGE_XATTR_CONFIG"
	| "IMAGE_LIMIT";

const REMAKE = 'make the image again with "pvpkg mksquashfs" or a current mksquashfs';

/** Rules of kernels for an image before they mount it, and while they read it (docs: squashfs for kernels). */
export const KERNEL_RULES: RuleTable<KernelRuleId> = {
	IMAGE_SHORT: {
		severity: "error",
		reason: "is not a squashfs: it is shorter than a superblock",
		remedy: REMAKE,
	},
	IMAGE_MAGIC: {
		severity: "error",
		reason: "is not a squashfs",
		remedy: "give the file another name, or a squashfs in its place",
	},
	IMAGE_VERSION: {
		severity: "error",
		reason: "is not a squashfs 4.0, the only version that kernels mount",
		remedy: REMAKE,
	},
	IMAGE_CUT: {
		severity: "error",
		reason: "is cut off: kernels refuse to mount it",
		remedy: "copy or make the image again",
	},
	IMAGE_PADDING: {
		severity: "error",
		reason: "does not fill its last sector: kernels refuse to mount it",
		remedy: "pad the file with zeros to a multiple of 4096 bytes (mksquashfs without -nopad)",
	},
	IMAGE_DAMAGED: {
		severity: "error",
		reason: "is damaged: kernels answer reads with an error",
		remedy: REMAKE,
	},
	IMAGE_NOT_CHECKED: {
		severity: "error",
		reason: "kernels may mount it, but pvpkg cannot read it, so that nothing was checked",
		remedy: "use xz, gzip, lz4 or zstd, or accept it with --allow-unchecked",
	},
	IMAGE_COMPRESSOR: {
		severity: "error",
		reason: "is compressed in a way that no kernel reads",
		remedy: "use xz, gzip, lzo, lz4 or zstd",
	},
	IMAGE_COUNTS: {
		severity: "error",
		reason: "its superblock has counts that kernels refuse",
		remedy: REMAKE,
	},
	IMAGE_TABLES: {
		severity: "error",
		reason: "its tables are not in the order that kernels demand",
		remedy: REMAKE,
	},
	IMAGE_XATTR_INDEX: {
		severity: "error",
		reason:
			"the index of its extended attributes does not end where the image does, or is out of order: kernels refuse to mount it",
		remedy: REMAKE,
	},
	IMAGE_ID_INDEX: {
		severity: "error",
		reason: "the index of its owners does not fill its place, or is out of order: kernels refuse to mount it",
		remedy: REMAKE,
	},
	IMAGE_EXPORT_INDEX: {
		severity: "error",
		reason: "its export table does not fill its place, or is out of order: kernels refuse to mount it",
		remedy: REMAKE,
	},
	IMAGE_FRAGMENT_INDEX: {
		severity: "error",
		reason: "its fragment table runs into the next one, or is out of order: kernels refuse to mount it",
		remedy: REMAKE,
	},
	IMAGE_OPTIONS: {
		severity: "error",
		reason: "its compressor options are missing or wrong: kernels refuse to mount it",
		remedy: REMAKE,
	},
	IMAGE_XZ_CHECK: {
		severity: "error",
		reason: "has xz blocks with a check other than CRC32: kernels answer every read with an error",
		remedy: "use xz with --check=crc32, as mksquashfs does",
	},
	IMAGE_XZ_DICTIONARY: {
		severity: "error",
		reason: "has xz blocks with a larger dictionary than kernels keep ready: they answer with an error",
		remedy: "use a dictionary of at most the block size, or state it in the compressor options (-Xdict-size)",
	},
	IMAGE_XZ_FILTER: {
		severity: "error",
		reason: "has xz blocks with filters that kernels do not have",
		remedy: "use one branch filter at most, without a start offset (-Xbcj)",
	},
	IMAGE_MODE_BITS: {
		severity: "warning",
		reason: "modes of inodes have type bits: kernels from late 2025 on refuse such inodes",
		remedy: REMAKE,
	},
	IMAGE_WHOLE_BLOCK_FRAGMENT: {
		severity: "warning",
		reason:
			"a file whose size is a multiple of the block size has a fragment: kernels from September 2025 on refuse it",
		remedy: REMAKE,
	},
	IMAGE_CAPABILITY: {
		severity: "error",
		reason:
			'a program has a file capability that kernels cannot read: they answer its start with "Invalid argument"',
		remedy:
			"make the image again with pvpkg, which leaves such capabilities out with a warning, or set it again with setcap",
	},
	IMAGE_KERNEL_CONFIG: {
		severity: "error",
		reason: "needs what the named kernel does not have",
		remedy:
			"build the kernel with that option, or make the image with another compressor or without a branch filter",
	},
	IMAGE_XATTR_CONFIG: {
		severity: "warning",
		reason: "has extended attributes, which the named kernel passes over: capabilities of programs are lost",
		remedy: "build the kernel with CONFIG_SQUASHFS_XATTR",
	},
	IMAGE_LIMIT: {
		severity: "error",
		reason: "is too large to be checked whole",
		remedy: "split the image, or shorten its paths and link targets",
	},
};

export const kernelFinding: Finder<KernelRuleId> = finder(KERNEL_RULES);
