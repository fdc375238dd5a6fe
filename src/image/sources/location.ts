import { isDirectory } from "../../ground/files/index.js";
import { parseReference, type Reference } from "../oci/index.js";
import { SourceError } from "./errors.js";
import { sniffDirectory } from "./local-kind.js";

/** Where an image is: IMAGE on the command line. */
export type ImageLocation =
	| { readonly kind: "registry"; readonly reference: Reference }
	/** `path` may be `-` but for layouts, and may lead into a zip: `build.zip//path/inside`. */
	| {
			readonly kind: "oci" | "oci-archive" | "docker-archive";
			readonly path: string;
			readonly tag: string | undefined;
	  }
	/** What skopeo and podman write for `dir:`; found by looking at the directory. */
	| { readonly kind: "containers-dir"; readonly path: string }
	/** A name or an image id. */
	| { readonly kind: "docker-daemon"; readonly name: string };

/** Where a root file system is that is used unchanged. */
export interface RootfsLocation {
	readonly kind: "dir" | "tar";
	readonly path: string;
}

/**
 * Parses IMAGE: a registry reference, or a prefix and what it names. As in
 * containers-transports(5) the first colon after the prefix divides path and tag, so that a
 * tag may be a whole reference. An image whose repository is called like a prefix can be had
 * by its full name: `docker.io/library/oci:1`. `docker://` and `oci://` name a registry, as they do for skopeo
 * and for Helm.
 * @throws SourceError ERR_LOCATION; OciError ERR_REFERENCE
 */
export function parseImageLocation(text: string): ImageLocation | RootfsLocation {
	const [, prefix, rest] = /^([a-z-]+):(.*)$/s.exec(text) ?? [];
	if ((prefix === "docker" || prefix === "oci") && rest!.startsWith("//")) {
		return { kind: "registry", reference: parseReference(rest!.slice(2)) };
	}
	switch (prefix) {
		case "oci":
		case "oci-archive":
		case "docker-archive":
			return parseArchive(text, prefix, rest!);
		case "docker-daemon":
			return { kind: prefix, name: required(text, rest!, "an image name or id") };
		case "dir":
			return parseDirectory(required(text, rest!, "a path"));
		case "tar":
			return { kind: prefix, path: required(text, rest!, "a path") };
		case "containers-storage":
			throw new SourceError("ERR_LOCATION", `${text}: parse image: ${STORAGE_HINT}`);
		default:
			return { kind: "registry", reference: parseReference(text) };
	}
}

/** `dir:` means an image to skopeo and podman, and a root file system to everyone else: the directory decides. */
function parseDirectory(path: string): ImageLocation | RootfsLocation {
	const isImage = isDirectory(path) && sniffDirectory(path) === "containers-dir";
	return { kind: isImage ? "containers-dir" : "dir", path };
}

const STORAGE_HINT =
	"podman's storage cannot be read from here, expected docker-daemon:NAME (podman system service), or an archive (podman save)";

export function isRootfsLocation(location: ImageLocation | RootfsLocation): location is RootfsLocation {
	return location.kind === "dir" || location.kind === "tar";
}

function parseArchive(
	text: string,
	kind: "oci" | "oci-archive" | "docker-archive",
	rest: string,
): ImageLocation {
	const colon = rest.indexOf(":");
	const path = required(text, colon < 0 ? rest : rest.slice(0, colon), "a path");
	if (kind === "oci" && path === "-") {
		throw new SourceError("ERR_LOCATION", `${text}: parse image: a directory cannot come on standard input`);
	}
	return { kind, path, tag: colon < 0 ? undefined : required(text, rest.slice(colon + 1), "a tag") };
}

function required(text: string, value: string, what: string): string {
	if (value !== "" && !value.includes("\0")) return value;
	throw new SourceError(
		"ERR_LOCATION",
		`${text}: parse image: expected ${what}, got ${JSON.stringify(value)}`,
	);
}
