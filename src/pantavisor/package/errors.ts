import { PvpkgError } from "../../ground/bytes/index.js";

export type ExportErrorCode =
	/** A package that is not one: no gzip or tar, cut short, without a state. */
	| "ERR_PACKAGE_FORMAT"
	/** The state names an object that is not there. */
	| "ERR_OBJECT_MISSING"
	/** An object's bytes are not those its name promises. */
	| "ERR_OBJECT_HASH"
	/** An object of 8 GiB or more: the device's tar reader cannot take it. */
	| "ERR_OBJECT_SIZE"
	/** A package has something that a device would stumble over. */
	| "ERR_PACKAGE_STRUCTURE";

export class ExportError extends PvpkgError {
	readonly code: ExportErrorCode;

	constructor(code: ExportErrorCode, message: string, options?: { readonly cause?: unknown }) {
		super(message, options);
		this.code = code;
	}
}
