import { BytesError } from "../internal.js";
import { UsageError } from "./errors.js";
import type { Session } from "./session.js";

/** Checks that standard output can take the bytes of a package: it is not a terminal, and no document goes there. */
export function checkStandardOutput({ terminal }: Session): void {
	if (terminal.json) throw new UsageError("--json: expected a file or directory with it, got -");
	if (!process.stdout.isTTY) return;
	throw new UsageError("standard output: write package: expected a pipe or a file, got a terminal");
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
