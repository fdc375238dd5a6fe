import type { Evidence } from "../container/index.js";
import type { Finding } from "../ground/findings/index.js";
import { formatPlatform } from "../image/oci/index.js";

/** A package that was made. */
export interface MadePackage {
	/** As it was requested, such as `linux/arm64`. */
	readonly platform: string;
	/** What file names call it, such as `arm64v8`. */
	readonly label: string | undefined;
	/** Of the file; undefined for a package that was streamed. */
	readonly path: string | undefined;
	/** Bytes. */
	readonly size: number;
	/** Lower-case hex. */
	readonly sha256: string;
	/** Digest of the state without signatures: the identity of what was packed, regardless of signatures. */
	readonly identity: string;
	readonly containers: readonly MadeContainer[];
	/** What was found on the way; none of it is an error. */
	readonly findings: readonly Finding[];
}

/** A container of a package that was made. */
export interface MadeContainer {
	readonly name: string;
	/** Digest of the image's manifest, `sha256:…`; a root file system has none. */
	readonly image: string | undefined;
	/** Its root image files. */
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
