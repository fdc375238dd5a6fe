import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { BytesError } from "../bytes/index.js";

/**
 * Reads a file that ships with the program, named relative to the module that needs it.
 * @param moduleUrl that module's `import.meta.url`.
 * @throws BytesError ERR_FILE_NOT_FOUND when the installation is incomplete.
 */
export function readProgramFile(name: string, moduleUrl: string): Uint8Array {
	const path = fileURLToPath(new URL(name, moduleUrl));
	try {
		return readFileSync(path);
	} catch (cause) {
		throw BytesError.fromSystem(path, "read", cause);
	}
}
