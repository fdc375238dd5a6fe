import { CodecError, type CodecErrorCode } from "../../codec/index.js";
import { BytesError, type BytesErrorCode, type ErrorKind, PvpkgError } from "../../ground/bytes/index.js";
import { TarError, type TarErrorCode } from "../../ground/tar/index.js";
import { RootfsError, type RootfsErrorCode } from "./errors.js";

/** An error on its way to another thread, which would lose its class and code. */
export interface CarriedError {
	readonly name: string;
	readonly message: string;
	readonly stack?: string | undefined;
	/** Of a `PvpkgError`. */
	readonly kind?: ErrorKind | undefined;
	/** Of a `PvpkgError`, or of the system. */
	readonly code?: string | undefined;
	/** Of the system. */
	readonly errno?: number | undefined;
	readonly cause?: CarriedError | undefined;
}

/** Causes of causes that are carried. */
const DEPTH = 4;

export function carryError(error: unknown, depth: number = DEPTH): CarriedError {
	if (!(error instanceof Error)) return { name: "Error", message: String(error) };
	const { name, message, stack, cause } = error;
	const { code, errno } = error as NodeJS.ErrnoException;
	const kind = error instanceof PvpkgError ? error.kind : undefined;
	const isLast = cause === undefined || depth === 0;
	return {
		name,
		message,
		stack,
		kind,
		code,
		errno,
		cause: isLast ? undefined : carryError(cause, depth - 1),
	};
}

/** The error that was carried: of the same class where the class is known here, else of the same kind. */
export function carriedError(carried: CarriedError): Error {
	const error = errorOf(carried);
	if (carried.stack !== undefined) error.stack = carried.stack;
	return error;
}

function errorOf({ name, message, kind, code, errno, cause: carried }: CarriedError): Error {
	const options = carried && { cause: carriedError(carried) };
	if (kind === undefined || code === undefined) {
		const error = Object.assign(new Error(message, options), code !== undefined && { code, errno });
		return name === error.name ? error : Object.assign(error, { name });
	}
	if (name === "TarError") return new TarError(code as TarErrorCode, message, options);
	if (name === "RootfsError") return new RootfsError(code as RootfsErrorCode, message, options);
	if (name === "CodecError") return new CodecError(code as CodecErrorCode, message, options);
	if (name === "BytesError") return new BytesError(code as BytesErrorCode, message, options);
	return new PvpkgError(kind, code, message, options);
}
