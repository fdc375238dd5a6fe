import { chmodSync, closeSync, constants, existsSync, fstatSync, openSync, type Stats } from "node:fs";
import { join } from "node:path";

/** O_PATH of open(2), for which Node has no name: a handle that needs no right to read. */
const O_PATH = process.platform === "linux" ? 0o10000000 : 0;
const DESCRIPTORS = "/proc/self/fd";

/**
 * Holds a directory open, so that names below it are looked up in this very directory, even if it is renamed
 * or replaced by a link meanwhile. This is openat(2) as far as Node can do it: the kernel resolves
 * `/proc/self/fd/N/NAME` from the open directory. Where there is no /proc, names are looked up by path, and
 * `isFixed` is false.
 */
export class HeldDirectory {
	readonly #descriptor: number;
	readonly #place: string;
	/** Whether names are always looked up in the open directory. */
	readonly isFixed: boolean;

	private constructor(path: string, descriptor: number) {
		this.#descriptor = descriptor;
		const fixed = `${DESCRIPTORS}/${descriptor}`;
		this.isFixed = existsSync(fixed);
		this.#place = this.isFixed ? fixed : path;
	}

	/** Opens a directory by path; links on the way there are followed. @throws the system's error */
	static open(path: string): HeldDirectory {
		return new HeldDirectory(path, openSync(path, O_PATH | constants.O_DIRECTORY));
	}

	/** Opens a directory in this one. @throws the system's error, ENOTDIR or ELOOP for a link */
	openChild(name: Buffer | string): HeldDirectory {
		const place = this.place(name);
		const flags = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;
		return new HeldDirectory(place.toString(), openSync(place, flags));
	}

	/** Returns the path by which a name is looked up in this directory, valid until `close`. */
	place(name: Buffer | string): Buffer | string {
		if (typeof name === "string") return join(this.#place, name);
		return Buffer.concat([Buffer.from(`${this.#place}/`), name]);
	}

	status(): Stats {
		return fstatSync(this.#descriptor);
	}

	/** Lets the owner list and change the directory. @throws the system's error */
	makeWritable(): void {
		const { mode } = this.status();
		// The path leads to the open directory itself, and not to a link that could be replaced.
		if ((mode & 0o700) !== 0o700) chmodSync(this.place("."), (mode & 0o7777) | 0o700);
	}

	close(): void {
		closeSync(this.#descriptor);
	}
}
