import type { Decompressor } from "../../codec/index.js";
import { type Content, PvpkgError } from "../../ground/bytes/index.js";
import { SquashfsError } from "./errors.js";

/** Receives a compressed block as stored; `what` says what it is part of. */
export type BlockObserver = (stored: Uint8Array, what: string) => void;

/** The bytes of an image for reading. Every range is checked, as the image is not trusted. */
export class ImageSource {
	readonly #content: Content;
	readonly #decompressor: Decompressor;
	readonly #onBlock: BlockObserver | undefined;
	/** Bytes of the image. */
	readonly size: number;

	/** @param onBlock receives every compressed block before it is expanded. */
	constructor(content: Content, size: number, decompressor: Decompressor, onBlock?: BlockObserver) {
		this.#content = content;
		this.#decompressor = decompressor;
		this.#onBlock = onBlock;
		this.size = size;
	}

	/** Reads a range. @throws SquashfsError ERR_SQUASHFS_FORMAT when it is not in the image. */
	read(position: number, length: number, what: string): Buffer {
		return readRange(this.#content, this.size, position, length, what);
	}

	/**
	 * Returns a stored block, expanded.
	 * @param maximum most bytes that it may expand to.
	 */
	block(position: number, length: number, raw: boolean, maximum: number, what: string): Uint8Array {
		const stored = this.read(position, length, what);
		if (raw && length > maximum) {
			throw damaged(`${what} at ${position}`, `expected at most ${maximum} bytes, got ${length}`);
		}
		if (!raw) this.#onBlock?.(stored, what);
		return raw ? stored : this.#expand(stored, maximum, `${what} at ${position}`);
	}

	#expand(stored: Uint8Array, maximum: number, subject: string): Uint8Array {
		try {
			return this.#decompressor.decompress(stored, maximum).slice();
		} catch (cause) {
			if (!(cause instanceof PvpkgError)) throw cause;
			throw new SquashfsError("ERR_SQUASHFS_FORMAT", `squashfs image: ${subject}: expand: ${cause.message}`, {
				cause,
			});
		}
	}
}

export function readRange(
	content: Content,
	size: number,
	position: number,
	length: number,
	what: string,
): Buffer {
	if (position + length > size) {
		throw damaged(what, `expected it in ${size} bytes, got ${length} bytes at ${position}`);
	}
	const bytes = Buffer.allocUnsafe(length);
	content.read(bytes, position);
	return bytes;
}

export function damaged(subject: string, reason: string): SquashfsError {
	return new SquashfsError("ERR_SQUASHFS_FORMAT", `squashfs image: ${subject}: ${reason}`);
}

/** Reads a 64-bit number. @throws SquashfsError ERR_SQUASHFS_FORMAT beyond 2^53. */
export function readU64(bytes: Buffer, offset: number, what: string): number {
	const value = bytes.readUInt32LE(offset + 4) * 0x100000000 + bytes.readUInt32LE(offset);
	if (!Number.isSafeInteger(value)) throw damaged(what, "expected a number below 2^53");
	return value;
}
