import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BytesError } from "../bytes/index.js";

/**
 * SHA-256 (lower-case hex) over the program files (JavaScript and WebAssembly) beside a module: a version of
 * what it computes that need not be raised by hand.
 * @param moduleUrl that module's `import.meta.url`.
 */
export function programDigest(moduleUrl: string): string {
	const folder = dirname(fileURLToPath(moduleUrl));
	const hash = createHash("sha256");
	try {
		const names = readdirSync(folder).filter((name) => /\.(js|wasm)$/.test(name));
		for (const name of names.sort()) {
			const bytes = readFileSync(join(folder, name));
			hash.update(`${name} ${bytes.length}\n`).update(bytes);
		}
	} catch (cause) {
		throw BytesError.fromSystem(folder, "read", cause);
	}
	return hash.digest("hex");
}
