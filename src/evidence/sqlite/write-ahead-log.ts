import type { Content } from "../../ground/bytes/index.js";
import { SqliteFault } from "./errors.js";

const HEADER_SIZE = 32;
const FRAME_HEADER_SIZE = 24;
/** Magic number. Its last bit is set if checksums are over big-endian words. */
const MAGIC = 0x377f0682;
const LOG_LIMIT = 1 << 28;

/**
 * Reads the pages that transactions have put into the log and that no checkpoint has copied into the database yet
 * (https://www.sqlite.org/fileformat2.html, part 4). Pages after the last commit, or with a wrong checksum, are
 * not part of the database.
 * @returns the newest page for each number.
 */
export function readCommittedFrames(log: Content, pageSize: number): Map<number, Uint8Array> {
	if (log.size > LOG_LIMIT)
		throw new SqliteFault(`expected a log of at most ${LOG_LIMIT} bytes, got ${log.size}`);
	const committed = new Map<number, Uint8Array>();
	const header = Buffer.alloc(HEADER_SIZE);
	if (log.size < HEADER_SIZE) return committed;
	log.read(header, 0);
	if ((header.readUInt32BE(0) & ~1) !== MAGIC || header.readUInt32BE(8) !== pageSize) return committed;
	const sum = new Checksum((header[3]! & 1) === 1);
	if (!sum.add(header.subarray(0, 24)).equals(header, 24)) return committed;
	const frameSize = FRAME_HEADER_SIZE + pageSize;
	const pending = new Map<number, Uint8Array>();
	for (let at = HEADER_SIZE; at + frameSize <= log.size; at += frameSize) {
		const frame = Buffer.alloc(frameSize);
		log.read(frame, at);
		const page = frame.subarray(FRAME_HEADER_SIZE);
		const isOfLog = frame.compare(header, 16, 24, 8, 16) === 0;
		if (!isOfLog || !sum.add(frame.subarray(0, 8)).add(page).equals(frame, 16)) break;
		pending.set(frame.readUInt32BE(0), page);
		if (frame.readUInt32BE(4) === 0) continue;
		for (const [number, newest] of pending) committed.set(number, newest);
		pending.clear();
	}
	return committed;
}

/** The running checksum of the log: two sums over pairs of 32-bit words. */
class Checksum {
	readonly #bigEndian: boolean;
	#first = 0;
	#second = 0;

	constructor(bigEndian: boolean) {
		this.#bigEndian = bigEndian;
	}

	add(bytes: Buffer): this {
		for (let at = 0; at + 8 <= bytes.length; at += 8) {
			this.#first = (this.#first + this.#word(bytes, at) + this.#second) >>> 0;
			this.#second = (this.#second + this.#word(bytes, at + 4) + this.#first) >>> 0;
		}
		return this;
	}

	equals(bytes: Buffer, at: number): boolean {
		return bytes.readUInt32BE(at) === this.#first && bytes.readUInt32BE(at + 4) === this.#second;
	}

	#word(bytes: Buffer, at: number): number {
		return this.#bigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
	}
}
