import type { Content } from "../../ground/bytes/index.js";
import type { Finding } from "../../ground/findings/index.js";
import { SUPERBLOCK_SIZE } from "../format/index.js";
import { kernelFinding } from "./rules.js";

/** Size of sectors, of which loop devices have only whole ones; mksquashfs pads to more. */
const SECTOR = 512;

/** Checks by its first bytes and its size that an image is a complete squashfs 4.0. */
export function lintStart(image: Content, subject: string): Finding[] {
	if (image.size < SUPERBLOCK_SIZE) {
		return [kernelFinding("IMAGE_SHORT", subject, `is not a squashfs: ${image.size} bytes`)];
	}
	const superblock = Buffer.alloc(SUPERBLOCK_SIZE);
	image.read(superblock, 0);
	if (superblock.toString("latin1", 0, 4) !== "hsqs") return [kernelFinding("IMAGE_MAGIC", subject)];
	const version = [superblock.readUInt16LE(28), superblock.readUInt16LE(30)].join(".");
	if (version !== "4.0") {
		return [kernelFinding("IMAGE_VERSION", subject, `expected squashfs 4.0, got ${version}`)];
	}
	const used = superblock.readBigUInt64LE(40);
	if (used > BigInt(image.size)) {
		return [kernelFinding("IMAGE_CUT", subject, `is cut off: expected ${used} bytes, got ${image.size}`)];
	}
	const sectors = Math.floor(image.size / SECTOR) * SECTOR;
	return used <= BigInt(sectors) ? [] : [kernelFinding("IMAGE_PADDING", subject)];
}
