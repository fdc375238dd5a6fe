import {
	type BuildErrorCode,
	type BytesErrorCode,
	type CheckoutErrorCode,
	type CodecErrorCode,
	type ExportErrorCode,
	type JsonErrorCode,
	type OciErrorCode,
	type OverlayErrorCode,
	type PantavisorErrorCode,
	PvpkgError,
	type RegistryErrorCode,
	type ReleaseErrorCode,
	type RootfsErrorCode,
	type SigningErrorCode,
	type SourceErrorCode,
	type SquashfsErrorCode,
	type TarErrorCode,
	type VerityErrorCode,
} from "../index.js";
import type { CommandErrorCode } from "./errors.js";

type ErrorCode =
	| BuildErrorCode
	| BytesErrorCode
	| CheckoutErrorCode
	| CodecErrorCode
	| CommandErrorCode
	| ExportErrorCode
	| JsonErrorCode
	| OciErrorCode
	| OverlayErrorCode
	| PantavisorErrorCode
	| RegistryErrorCode
	| ReleaseErrorCode
	| RootfsErrorCode
	| SigningErrorCode
	| SourceErrorCode
	| SquashfsErrorCode
	| TarErrorCode
	| VerityErrorCode;

/** A defect of ours. */
const DEFECT = 1;
const USAGE = 2;
const INPUT = 3;
/** Not found, or no access. */
const ACCESS = 4;
const VERIFICATION = 5;
/** Network or disk. */
const TRANSPORT = 6;
const INTERRUPTED = 130;

/** Every code of every room: the compiler sees to it that none is missing (design part 4). */
const EXIT_CODES: Readonly<Record<ErrorCode, number>> = {
	ERR_USAGE: USAGE,
	ERR_INPUT: INPUT,
	ERR_MISSING: ACCESS,
	ERR_VERIFICATION: VERIFICATION,

	ERR_FILE: TRANSPORT,
	ERR_DISK_FULL: TRANSPORT,
	ERR_DISK_SPACE: TRANSPORT,
	ERR_FILE_NOT_FOUND: ACCESS,
	ERR_FILE_ACCESS: ACCESS,
	ERR_FILE_KIND: INPUT,
	ERR_OBJECT_DIGEST: INPUT,

	ERR_JSON_SYNTAX: INPUT,
	ERR_JSON_NUMBER: INPUT,

	ERR_TAR_HEADER: INPUT,
	ERR_TAR_TRUNCATED: INPUT,
	ERR_TAR_PAX: INPUT,
	ERR_TAR_SPARSE: INPUT,
	ERR_TAR_TYPE: INPUT,
	ERR_TAR_NAME: INPUT,
	ERR_TAR_RANGE: INPUT,
	ERR_TAR_LIMIT: INPUT,

	ERR_REFERENCE: INPUT,
	ERR_DIGEST: INPUT,
	ERR_PLATFORM: INPUT,
	ERR_MANIFEST: INPUT,
	ERR_MANIFEST_UNSUPPORTED: INPUT,
	ERR_INDEX_DEPTH: INPUT,
	ERR_IMAGE_CONFIG: INPUT,
	ERR_PLATFORM_MISSING: ACCESS,
	ERR_PLATFORM_MISMATCH: INPUT,
	ERR_DOCUMENT_SIZE: INPUT,
	ERR_BLOB_SIZE: INPUT,
	ERR_BLOB_DIGEST: INPUT,

	ERR_CODEC_DATA: INPUT,
	ERR_CODEC_UNSUPPORTED: INPUT,
	ERR_CODEC_OPTIONS: INPUT,
	ERR_CODEC_WORKER: DEFECT,
	ERR_CODEC_CLOSED: DEFECT,

	ERR_REGISTRY_NOT_FOUND: ACCESS,
	ERR_REGISTRY_UNAUTHORIZED: ACCESS,
	ERR_REGISTRY_RATE_LIMIT: TRANSPORT,
	ERR_REGISTRY_NETWORK: TRANSPORT,
	ERR_REGISTRY_TLS: TRANSPORT,
	ERR_REGISTRY_PROXY: TRANSPORT,
	ERR_REGISTRY_SERVER: TRANSPORT,
	ERR_REGISTRY_RESPONSE: INPUT,
	ERR_REGISTRY_DIGEST: INPUT,
	ERR_REGISTRY_UNSAFE: ACCESS,
	ERR_REGISTRY_CONFIG: INPUT,

	ERR_LOCATION: INPUT,
	ERR_SOURCE_FORMAT: INPUT,
	ERR_IMAGE_AMBIGUOUS: INPUT,
	ERR_IMAGE_NOT_FOUND: ACCESS,
	ERR_BLOB_MISSING: INPUT,
	ERR_OFFLINE: ACCESS,
	ERR_ARCHIVE_LIMIT: INPUT,
	ERR_DAEMON: ACCESS,
	ERR_ROOTFS_ENTRY: INPUT,

	ERR_LAYER_COMPRESSION: INPUT,
	ERR_LAYER_DATA: INPUT,
	ERR_LAYER_DIFF_ID: INPUT,
	ERR_LAYER_SIZE: INPUT,
	ERR_LAYER_TAR: INPUT,
	ERR_LAYER_ENTRY: INPUT,

	ERR_SQUASHFS_OPTION: INPUT,
	ERR_SQUASHFS_TREE: INPUT,
	ERR_SQUASHFS_LIMIT: INPUT,
	ERR_SQUASHFS_FORMAT: INPUT,
	ERR_SQUASHFS_UNSUPPORTED: INPUT,

	ERR_STATE: INPUT,
	ERR_SOURCE_MANIFEST: INPUT,
	ERR_IMAGE_SETTINGS: INPUT,
	ERR_ARGUMENT: INPUT,
	ERR_PART_NAME: INPUT,
	ERR_VOLUME: INPUT,
	ERR_LXC_VALUE: INPUT,

	ERR_KEY: INPUT,
	ERR_CERTIFICATE: INPUT,
	ERR_PATTERN: INPUT,
	ERR_SELECTION: INPUT,
	ERR_SIGNATURE_FORMAT: INPUT,
	ERR_SIGNATURE: VERIFICATION,

	ERR_OVERLAY_MARKER: INPUT,

	ERR_VERITY_INPUT: INPUT,
	ERR_VERITY_FORMAT: INPUT,
	ERR_VERITY_MISMATCH: VERIFICATION,

	ERR_RELEASE_LABEL: INPUT,
	ERR_RELEASE_PROJECT: INPUT,
	ERR_RELEASE_NAME: INPUT,

	ERR_CHECKOUT_NOT_FOUND: ACCESS,
	ERR_CHECKOUT_OCCUPIED: INPUT,
	ERR_CHECKOUT_CONFIG: INPUT,
	ERR_CHECKOUT_KEY: INPUT,
	ERR_CHECKOUT_PATTERN: ACCESS,
	ERR_CHECKOUT_PART: INPUT,

	ERR_PACKAGE_FORMAT: INPUT,
	ERR_OBJECT_MISSING: INPUT,
	ERR_OBJECT_HASH: INPUT,
	ERR_OBJECT_SIZE: INPUT,
	ERR_PACKAGE_STRUCTURE: INPUT,

	ERR_BUILD_SOURCE: INPUT,
	ERR_BUILD_REQUEST: INPUT,
	ERR_BUILD_PLATFORM: USAGE,
	ERR_BUILD_ARCHITECTURE: INPUT,
};

export function exitCodeOf(error: unknown): number {
	if (error instanceof PvpkgError) return EXIT_CODES[error.code as ErrorCode] ?? DEFECT;
	return (error as Error | undefined)?.name === "AbortError" ? INTERRUPTED : DEFECT;
}

/** An error as it is told: the stack belongs to defects, and to --verbose. */
export function describeError(error: unknown): { code: string; message: string; stack: string | undefined } {
	if (error instanceof PvpkgError) return { code: error.code, message: error.message, stack: error.stack };
	const { message = String(error), stack } = error instanceof Error ? error : {};
	return { code: "ERR_DEFECT", message: `${message} (this is a defect of pvpkg)`, stack };
}
