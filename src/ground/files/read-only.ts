import { chmodSync } from "node:fs";
import { BytesError } from "../bytes/index.js";

/** Takes the right to write from a file, for all of its names. @throws BytesError */
export function makeReadOnly(path: string): void {
	try {
		chmodSync(path, 0o444);
	} catch (cause) {
		throw BytesError.fromSystem(path, "make read-only", cause);
	}
}
