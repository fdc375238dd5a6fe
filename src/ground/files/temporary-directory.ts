import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BytesError } from "../bytes/index.js";
import { makeDirectory } from "./directory.js";
import { isProcessAlive, processIdentity } from "./process-identity.js";

const PREFIX = "pvpkg.";
const open = new Set<TemporaryDirectory>();

/**
 * A directory that is removed when it is no longer needed, by `discardTemporaryDirectories` when
 * the process is interrupted, and by the next process that makes one when this one was killed.
 */
export class TemporaryDirectory {
	readonly path: string;

	private constructor(path: string) {
		this.path = path;
	}

	/** Makes one, mode 0700, below `parent` (such as TMPDIR names). */
	static create(parent: string): TemporaryDirectory {
		const path = join(parent, `${PREFIX}${processIdentity()}.${randomBytes(6).toString("hex")}`);
		try {
			makeDirectory(parent);
			removeAbandoned(parent);
			mkdirSync(path, { mode: 0o700 });
		} catch (cause) {
			throw BytesError.fromSystem(path, "create", cause);
		}
		const directory = new TemporaryDirectory(path);
		open.add(directory);
		return directory;
	}

	/** Removes it with all that is in it. Never throws; may be called twice. */
	remove(): void {
		if (open.delete(this)) removeTree(this.path);
	}
}

/** Removes every temporary directory of this process: for signal and exit handlers. */
export function discardTemporaryDirectories(): void {
	for (const directory of open) directory.remove();
}

function removeAbandoned(parent: string): void {
	for (const name of readdirSync(parent)) {
		const identity = name.startsWith(PREFIX) ? name.split(".")[1] : undefined;
		if (identity !== undefined && isProcessAlive(identity) === false) removeTree(join(parent, name));
	}
}

function removeTree(path: string): void {
	try {
		rmSync(path, { recursive: true, force: true });
	} catch {
		// Somebody else's, or a disk that failed: the work itself is done.
	}
}
