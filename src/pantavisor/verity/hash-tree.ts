import { createHash } from "node:crypto";
import { type Content, contentBytes, contentChunks } from "../../ground/bytes/index.js";
import { contentSlice } from "../../ground/files/index.js";
import { VerityError } from "./errors.js";
import { BLOCK_SIZE, decodeVeritySuperblock, encodeVeritySuperblock } from "./superblock.js";

const HASH_SIZE = 32;
const READ_SIZE = 256 * BLOCK_SIZE;

export interface HashTree {
	/** Root hash, in lower-case hex. */
	readonly rootHash: string;
	/** The hash file: superblock, then the levels, top first. About 1/127 of the volume. */
	readonly bytes: Uint8Array;
}

export interface HashTreeOptions {
	/** Path of the volume, for messages. */
	readonly subject: string;
	/** Salt of 1..256 bytes. */
	readonly salt: Uint8Array;
	readonly uuid: string;
}

/**
 * Makes the hash file of a volume, as `veritysetup format` does with the same salt and uuid.
 * @throws VerityError ERR_VERITY_INPUT when the size is not a multiple of 4096, or is 0.
 */
export function createHashTree(volume: Content, { subject, salt, uuid }: HashTreeOptions): HashTree {
	checkInput(volume, salt, uuid, subject);
	const { levels, rootHash } = hashLevels(volume, salt);
	const superblock = encodeVeritySuperblock({ uuid, salt, dataBlocks: volume.size / BLOCK_SIZE });
	return { rootHash: rootHash.toString("hex"), bytes: Buffer.concat([superblock, ...levels.toReversed()]) };
}

/**
 * Checks a volume against its hash file and root hash.
 * @throws VerityError as `hashTreeRoot` does
 */
export function verifyHashTree(volume: Content, hashes: Content, rootHash: string, subject: string): void {
	checkRootHash(hashTreeRoot(volume, hashes, subject), rootHash, subject);
}

/**
 * Checks a volume against its hash file.
 * @returns its root hash, in lower-case hex.
 * @throws VerityError ERR_VERITY_MISMATCH naming the first block that is wrong;
 *   ERR_VERITY_FORMAT when the file is not a hash file, or is too short.
 */
export function hashTreeRoot(volume: Content, hashes: Content, subject: string): string {
	const start = Math.min(BLOCK_SIZE, hashes.size);
	const superblock = contentBytes(contentSlice(hashes, 0, start));
	const { salt, dataBlocks } = decodeVeritySuperblock(superblock, subject);
	if (dataBlocks === 0) mismatch(subject, "volume size: expected at least one block, got none");
	if (dataBlocks * BLOCK_SIZE !== volume.size) {
		mismatch(subject, `volume size: expected ${dataBlocks} blocks, got ${volume.size} bytes`);
	}
	// This precedes reading the volume, which may be large while its hash file ends early.
	if (hashes.size - start < levelBytes(dataBlocks)) {
		throw new VerityError("ERR_VERITY_FORMAT", `${subject}: read hashes: file is too short`);
	}
	const computed = hashLevels(volume, salt);
	const expected = Buffer.concat(computed.levels.toReversed());
	// Nothing reads what follows them.
	const found = contentBytes(contentSlice(hashes, start, expected.length));
	const leaves = expected.length - (computed.levels[0]?.length ?? 0);
	const wrong = expected.subarray(leaves).findIndex((byte, i) => byte !== found[leaves + i]);
	if (wrong >= 0) mismatch(subject, `data block ${Math.floor(wrong / HASH_SIZE)} or its hash is wrong`);
	if (!expected.equals(found)) mismatch(subject, "a hash above the leaves is wrong");
	return computed.rootHash.toString("hex");
}

/** Checks the root hash of a manifest. @throws VerityError ERR_VERITY_MISMATCH for another one. */
export function checkRootHash(got: string, expected: string, subject: string): void {
	if (got !== expected.toLowerCase()) mismatch(subject, `root hash: expected ${expected}, got ${got}`);
}

/** Returns the bytes of all levels for a volume of so many blocks. */
function levelBytes(dataBlocks: number): number {
	let bytes = 0;
	for (let hashes = dataBlocks; hashes > 1; ) {
		hashes = Math.ceil((hashes * HASH_SIZE) / BLOCK_SIZE);
		bytes += hashes * BLOCK_SIZE;
	}
	return bytes;
}

/** Returns the levels from the leaves up, each padded to whole blocks. A single data block needs none. */
function hashLevels(volume: Content, salt: Uint8Array): { levels: Buffer[]; rootHash: Buffer } {
	let hashes = hashBlocks(contentChunks(volume, READ_SIZE), volume.size / BLOCK_SIZE, salt);
	const levels: Buffer[] = [];
	while (hashes.length > HASH_SIZE) {
		const level = Buffer.alloc(Math.ceil(hashes.length / BLOCK_SIZE) * BLOCK_SIZE);
		level.set(hashes);
		levels.push(level);
		hashes = hashBlocks([level], level.length / BLOCK_SIZE, salt);
	}
	return { levels, rootHash: hashes };
}

/** Returns the salted hashes of all blocks, one after the other. Chunks are whole blocks. */
function hashBlocks(chunks: Iterable<Uint8Array>, count: number, salt: Uint8Array): Buffer {
	const hashes = Buffer.alloc(count * HASH_SIZE);
	const seeded = createHash("sha256").update(salt);
	let at = 0;
	for (const chunk of chunks) {
		for (let start = 0; start < chunk.length; start += BLOCK_SIZE) {
			const block = chunk.subarray(start, start + BLOCK_SIZE);
			at += seeded.copy().update(block).digest().copy(hashes, at);
		}
	}
	return hashes;
}

function checkInput(volume: Content, salt: Uint8Array, uuid: string, subject: string): void {
	const refuse = (reason: string) => {
		throw new VerityError("ERR_VERITY_INPUT", `${subject}: hash: ${reason}`);
	};
	if (volume.size === 0 || volume.size % BLOCK_SIZE !== 0) {
		refuse(`size: expected a multiple of ${BLOCK_SIZE} bytes, got ${volume.size}`);
	}
	if (salt.length < 1 || salt.length > 256) refuse(`salt: expected 1..256 bytes, got ${salt.length}`);
	if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(uuid))
		refuse(`uuid: expected a UUID, got ${uuid}`);
}

function mismatch(subject: string, reason: string): never {
	throw new VerityError("ERR_VERITY_MISMATCH", `${subject}: verify: ${reason}`);
}
