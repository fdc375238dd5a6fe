import type { Evidence } from "../container/index.js";
import type { Finding } from "../ground/findings/index.js";
import { formatPlatform } from "../image/oci/index.js";

/** A package that was made. */
export interface MadePackage {
	/** The platform that was requested, such as `linux/arm64`. */
	readonly platform: string;
	/** Name of the architecture in file names, such as `arm64v8`; undefined for a platform that has none. */
	readonly label: string | undefined;
	/** Path of the package; undefined where it was streamed. */
	readonly path: string | undefined;
	/** Bytes of the package. */
	readonly size: number;
	/** SHA-256 of the package, in lower-case hex. */
	readonly sha256: string;
	/** SHA-256 of the state without signatures. It stays the same when the package is signed again. */
	readonly identity: string;
	/** The containers in the package. */
	readonly containers: readonly MadeContainer[];
	/** What the rules found. None of it is an error. */
	readonly findings: readonly Finding[];
}

/** A container of a package that was made. */
export interface MadeContainer {
	/** Name of the container. */
	readonly name: string;
	/** Digest of the image's manifest, `sha256:…`; undefined for a root file system. */
	readonly image: string | undefined;
	/** Image files of the container, its root file system first. */
	readonly files: readonly { readonly file: string; readonly size: number; readonly sha256: string }[];
}

/** Renders the evidence of a package. */
export function madePackage(evidence: Evidence): MadePackage {
	const { path, bytes: size, sha256 } = evidence.package;
	const containers = evidence.containers.map(({ name, images }) => {
		const input = images.at(-1)?.input;
		return {
			name,
			image: input?.kind === "image" ? input.manifest.digest : undefined,
			files: images.map((image) => ({ file: image.file, size: image.size, sha256: image.sha256 })),
		};
	});
	const { label, state, findings } = evidence;
	const platform = formatPlatform(evidence.platform);
	return { platform, label, path, size, sha256, identity: state.unsigned, containers, findings };
}
