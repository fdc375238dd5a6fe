import { posix } from "node:path";

/** What the names of an archive say that it is. */
export type ArchiveKind = "oci-archive" | "docker-archive" | "package" | "tar";

/** Names that image archives have at their top; everything else is a root file system's. */
const IMAGE_NAME =
	/^(?:oci-layout|index\.json|manifest\.json|repositories|blobs|[0-9a-f]{64}(?:\.json|\.tar)?)$/;
/** Names that packages have at their top. */
const PACKAGE_NAME = /^(?:json|objects)$/;
/** What docker wrote into the directory of each layer before version 25, whatever the directory's name. */
const LAYER_FILE = /^(?:layer\.tar|VERSION|json)$/;

/**
 * Distinguishes an image archive or a package from a root file system by the names of its members, in one pass that
 * ends at the first name that only a root file system has. One directory around everything is seen through.
 */
export class ArchiveNames {
	readonly #plain = new NameView();
	readonly #inside = new NameView();
	#around: string | undefined;

	/** Adds the path of a member. @returns whether it is decided that this is a root file system. */
	add(path: string, isDirectory: boolean): boolean {
		const parts = memberPath(path).split("/");
		const [top = ""] = parts;
		if (top === "" || top === ".") return false;
		this.#around ??= top;
		this.#plain.add(parts, isDirectory);
		if (top !== this.#around) this.#inside.isRefuted = true;
		else if (parts.length > 1) this.#inside.add(parts.slice(1), isDirectory);
		return this.#plain.isRefuted && this.#inside.isRefuted;
	}

	/** Returns whether no name was added. */
	get isEmpty(): boolean {
		return this.#around === undefined;
	}

	get kind(): ArchiveKind {
		return this.#plain.kind ?? this.#inside.kind ?? "tar";
	}
}

/** The names of an archive, or of the one directory in it. */
class NameView {
	/** Whether there is a name that no image archive and no package has. */
	isRefuted = false;
	readonly #tops = new Set<string>();
	/** Directories of which nothing in them has shown yet what they are. */
	readonly #unclear = new Set<string>();

	add([top = "", below = ""]: readonly string[], isDirectory: boolean): void {
		const isTop = below === "";
		if (!(isTop && isDirectory)) this.#tops.add(top);
		if (IMAGE_NAME.test(top) || PACKAGE_NAME.test(top)) return;
		if (isTop && isDirectory) this.#unclear.add(top);
		else if (LAYER_FILE.test(below)) this.#unclear.delete(top);
		else this.isRefuted = true;
	}

	get kind(): ArchiveKind | undefined {
		if (this.isRefuted || this.#unclear.size > 0) return undefined;
		const has = (...names: string[]): boolean => names.every((name) => this.#tops.has(name));
		if (has("oci-layout", "index.json")) return "oci-archive";
		if (has("manifest.json")) return "docker-archive";
		return has("json", "objects") ? "package" : undefined;
	}
}

/** Returns a member's path as a key: `./a//b/` and `a/b` are one. */
export function memberPath(path: string): string {
	const normal = posix.normalize(path);
	const start = normal.startsWith("/") ? 1 : 0;
	return normal.slice(start, normal.endsWith("/") ? Math.max(start, normal.length - 1) : normal.length);
}
