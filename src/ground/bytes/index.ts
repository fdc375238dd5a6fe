export {
	type ByteString,
	byteString,
	byteStringBytes,
	displayByteString,
	utf8ByteString,
} from "./byte-string.js";
export {
	bufferContent,
	type Content,
	checkRange,
	contentBytes,
	contentChunks,
	contentPieces,
	type FilePiece,
	type FilePlace,
	type FileVersion,
} from "./content.js";
export { contentSha256, knownSha256, rememberSha256 } from "./content-digest.js";
export { dsseSignedBytes } from "./dsse.js";
export { errorCode } from "./error-code.js";
export {
	BytesError,
	type BytesErrorCode,
	type ErrorKind,
	PvpkgError,
	type RoomErrors,
	roomErrors,
} from "./errors.js";
export { hashedChunks } from "./hashed-chunks.js";
export { jointSignal } from "./joint-signal.js";
export { Limiter } from "./limiter.js";
export { contentPacking, PACKING_HEAD_SIZE, type Packing, packingOf } from "./packing.js";
export { sha256Hex } from "./sha256.js";
export { formatCount, formatCounted, formatGrowth, formatSize, parseSize } from "./size-text.js";
export { freeChunk, passAndFree } from "./spent-chunk.js";
export { type Stretch, wholeStretch } from "./stretch.js";
export { systemReason } from "./system-reason.js";
export { withoutTrailing } from "./trailing.js";
