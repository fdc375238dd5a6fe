import { readFileSync } from "node:fs";
import { BytesError } from "../internal.js";

/** A small input file. @throws BytesError ERR_FILE_NOT_FOUND, ERR_FILE */
export function readInput(path: string): Uint8Array {
	try {
		return readFileSync(path);
	} catch (cause) {
		throw BytesError.fromSystem(path, "read", cause);
	}
}
