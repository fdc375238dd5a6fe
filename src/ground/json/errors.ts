import { PvpkgError } from "../bytes/index.js";

export type JsonErrorCode =
	/** The text is not JSON (RFC 8259), not UTF-8, or nested too deeply. */
	| "ERR_JSON_SYNTAX"
	/** A number is too large to be written out in canonical form. */
	| "ERR_JSON_NUMBER";

export class JsonError extends PvpkgError {
	readonly code: JsonErrorCode;

	constructor(code: JsonErrorCode, message: string, options?: { readonly cause?: unknown }) {
		super(message, options);
		this.code = code;
	}
}
