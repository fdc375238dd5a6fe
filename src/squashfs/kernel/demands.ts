import type { Finding } from "../../ground/findings/index.js";
import { isAtLeast, type KernelTarget } from "./kernel-target.js";
import { kernelFinding } from "./rules.js";

type Version = readonly [major: number, minor: number];

/** For each compressor, the option of a kernel's configuration for it, and the first version that has it. */
const COMPRESSORS: ReadonlyMap<number, readonly [option: string, since: Version]> = new Map([
	[1, ["CONFIG_SQUASHFS_ZLIB", [2, 6]]],
	[3, ["CONFIG_SQUASHFS_LZO", [2, 6]]],
	[4, ["CONFIG_SQUASHFS_XZ", [2, 6]]],
	[5, ["CONFIG_SQUASHFS_LZ4", [3, 19]]],
	[6, ["CONFIG_SQUASHFS_ZSTD", [4, 14]]],
]);

/** The same for branch filters, by their ids in .xz streams. */
const FILTERS: ReadonlyMap<number, readonly [option: string, since: Version]> = new Map([
	[4, ["CONFIG_XZ_DEC_X86", [2, 6]]],
	[5, ["CONFIG_XZ_DEC_POWERPC", [2, 6]]],
	[6, ["CONFIG_XZ_DEC_IA64", [2, 6]]],
	[7, ["CONFIG_XZ_DEC_ARM", [2, 6]]],
	[8, ["CONFIG_XZ_DEC_ARMTHUMB", [2, 6]]],
	[9, ["CONFIG_XZ_DEC_SPARC", [2, 6]]],
	[10, ["CONFIG_XZ_DEC_ARM64", [6, 12]]],
	[11, ["CONFIG_XZ_DEC_RISCV", [6, 12]]],
]);

/** Page sizes larger than 4 KiB: an image's blocks must not be smaller than a page. */
const PAGES: ReadonlyMap<string, number> = new Map([
	["CONFIG_ARM64_64K_PAGES", 65_536],
	["CONFIG_ARM64_16K_PAGES", 16_384],
	["CONFIG_PPC_64K_PAGES", 65_536],
	["CONFIG_MIPS_PAGE_SIZE_64KB", 65_536],
	["CONFIG_PAGE_SIZE_64KB", 65_536],
	["CONFIG_PAGE_SIZE_16KB", 16_384],
]);

const XATTR = "CONFIG_SQUASHFS_XATTR";

/** The features that an image uses. */
export interface ImageUse {
	/** Id of the compressor in the superblock. */
	readonly compression: number;
	readonly blockSize: number;
	/** Ids of branch filters in its blocks. */
	readonly filters: ReadonlySet<number>;
	readonly xattrs: boolean;
}

/** Returns whether any kernel has the compressor or filter. */
export function isKernelCompressor(id: number): boolean {
	return COMPRESSORS.has(id);
}

export function isKernelFilter(id: number): boolean {
	return FILTERS.has(id);
}

/** Returns the options of a kernel's configuration that an image needs. */
export function neededOptions({ compression, filters, xattrs }: ImageUse): string[] {
	return [
		"CONFIG_SQUASHFS",
		...((COMPRESSORS.get(compression)?.slice(0, 1) as string[] | undefined) ?? []),
		...[...filters].sort((a, b) => a - b).flatMap((id) => FILTERS.get(id)?.[0] ?? []),
		...(xattrs ? [XATTR] : []),
	];
}

/** Reports what an image needs and the named kernel lacks. */
export function lintTarget(use: ImageUse, target: KernelTarget, subject: string): Finding[] {
	const { options, version, name } = target;
	const findings: Finding[] = [];
	const missing = (reason: string): void => {
		findings.push(kernelFinding("IMAGE_KERNEL_CONFIG", subject, `kernel ${name}: ${reason}`));
	};
	for (const option of options === undefined ? [] : neededOptions(use)) {
		if (options!.has(option)) continue;
		if (option === XATTR) findings.push(kernelFinding("IMAGE_XATTR_CONFIG", subject));
		else missing(`needs ${option}, which is not set`);
	}
	const used = [COMPRESSORS.get(use.compression), ...[...use.filters].map((id) => FILTERS.get(id))];
	for (const known of version === undefined ? [] : used) {
		if (known && !isAtLeast(target, ...known[1]))
			missing(`${known[0]} is available since Linux ${known[1].join(".")}`);
	}
	for (const [option, size] of PAGES) {
		if (options?.has(option) && use.blockSize < size) {
			missing(`its pages of ${size} bytes are larger than the image's blocks of ${use.blockSize}`);
		}
	}
	return findings;
}
