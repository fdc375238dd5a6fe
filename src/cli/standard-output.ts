import { BytesError } from "../internal.js";
import { UsageError } from "./errors.js";
import type { Session } from "./session.js";

/** Refuses a document where standard output takes the bytes of a package. */
export function refuseDocument({ terminal }: Session): void {
	if (terminal.json) throw new UsageError("--json: expected a file or directory with it, got -");
}

/** Writes bytes to standard output, and waits until they are taken. @throws BytesError */
export function writeToStdout(bytes: Uint8Array): Promise<void> {
	return new Promise((resolve, reject) => {
		process.stdout.write(bytes, (cause) => {
			if (cause) reject(BytesError.fromSystem("standard output", "write", cause));
			else resolve();
		});
	});
}
