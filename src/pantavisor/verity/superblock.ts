import { VerityError } from "./errors.js";

/** Bytes of a data block, and of a hash block: veritysetup's default, and at most a page on every machine. */
export const BLOCK_SIZE = 4096;

const SIGNATURE = "verity\0\0";
const ALGORITHM = "sha256";
const SIZE = 512;

/** The content of a hash file's superblock (cryptsetup's on-disk format, version 1). */
export interface VeritySuperblock {
	/** In lower-case hex with dashes. */
	readonly uuid: string;
	/** Salt of 0..256 bytes. */
	readonly salt: Uint8Array;
	/** Number of protected blocks of 4096 bytes. */
	readonly dataBlocks: number;
}

/** Returns the first hash block: 512 bytes of superblock, then zeros. */
export function encodeVeritySuperblock({ uuid, salt, dataBlocks }: VeritySuperblock): Buffer {
	const block = Buffer.alloc(BLOCK_SIZE);
	block.write(SIGNATURE, 0, "latin1");
	block.writeUInt32LE(1, 8); // version of the superblock
	block.writeUInt32LE(1, 12); // hash type: salt before the data
	block.write(uuid.replaceAll("-", ""), 16, "hex");
	block.write(ALGORITHM, 32, "latin1");
	block.writeUInt32LE(BLOCK_SIZE, 64);
	block.writeUInt32LE(BLOCK_SIZE, 68);
	block.writeBigUInt64LE(BigInt(dataBlocks), 72);
	block.writeUInt16LE(salt.length, 80);
	block.set(salt, 88);
	return block;
}

/** Decodes a superblock. @throws VerityError ERR_VERITY_FORMAT naming the field that is not supported. */
export function decodeVeritySuperblock(bytes: Uint8Array, subject: string): VeritySuperblock {
	const block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const expect = (field: string, got: unknown, expected: unknown) => {
		if (got === expected) return;
		const reason = `${field}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`;
		throw new VerityError("ERR_VERITY_FORMAT", `${subject}: read superblock: ${reason}`);
	};
	expect("size", block.length >= SIZE, true);
	expect("signature", block.toString("latin1", 0, 8), SIGNATURE);
	expect("version", block.readUInt32LE(8), 1);
	expect("hash type", block.readUInt32LE(12), 1);
	expect("algorithm", block.toString("latin1", 32, 64).replace(/\0+$/, ""), ALGORITHM);
	expect("data block size", block.readUInt32LE(64), BLOCK_SIZE);
	expect("hash block size", block.readUInt32LE(68), BLOCK_SIZE);
	const saltSize = block.readUInt16LE(80);
	expect("salt size within 256", saltSize <= 256, true);
	return {
		uuid: block.toString("hex", 16, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"),
		salt: Uint8Array.from(block.subarray(88, 88 + saltSize)),
		dataBlocks: Number(block.readBigUInt64LE(72)),
	};
}
