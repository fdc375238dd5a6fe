import type { Content } from "../ground/bytes/index.js";
import { error, type Finding } from "../pantavisor/rules/index.js";

const SUPERBLOCK_SIZE = 96;
/** Loop devices end at whole sectors; mksquashfs fills up to this. */
const ALIGNMENT = 512;

/** What a kernel refuses to mount, by the image's superblock and size alone (spec/device.md 4). */
export function lintSquashfs(image: Content, key: string): Finding[] {
	if (image.size < SUPERBLOCK_SIZE) return [error("IMAGE_SHORT", key, `is no squashfs: ${image.size} bytes`)];
	const superblock = Buffer.alloc(SUPERBLOCK_SIZE);
	image.read(superblock, 0);
	if (superblock.toString("latin1", 0, 4) !== "hsqs") return [error("IMAGE_MAGIC", key, "is no squashfs")];
	const version = [superblock.readUInt16LE(28), superblock.readUInt16LE(30)].join(".");
	if (version !== "4.0") return [error("IMAGE_VERSION", key, `expected squashfs 4.0, got ${version}`)];
	const used = superblock.readBigUInt64LE(40);
	if (used > BigInt(image.size)) {
		return [error("IMAGE_CUT", key, `is cut off: expected ${used} bytes, got ${image.size}`)];
	}
	const sectors = Math.floor(image.size / ALIGNMENT) * ALIGNMENT;
	if (used <= BigInt(sectors)) return [];
	return [error("IMAGE_PADDING", key, "does not fill its last sector: kernels refuse to mount it")];
}
