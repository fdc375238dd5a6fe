import { readFileIfPresent } from "../../ground/files/index.js";
import { type Digest, digestAlgorithm, type ImageSource } from "../oci/index.js";
import { directoryMembers } from "./directory-members.js";
import { SourceError } from "./errors.js";
import { documentSource } from "./layout-source.js";
import type { MemberSet } from "./member-set.js";

/**
 * Opens the image that skopeo and podman write for `dir:PATH` (containers-transports(5)): `manifest.json`, maybe
 * of an index whose images are `HEX.manifest.json`, and blobs that are called by the hex of their digest.
 * @throws SourceError ERR_SOURCE_FORMAT; OciError
 */
export async function openContainersDirectory(path: string): Promise<ImageSource> {
	const bytes = readFileIfPresent(`${path}/manifest.json`);
	if (bytes === undefined) {
		throw new SourceError("ERR_SOURCE_FORMAT", `${path}: read image directory: no manifest.json in it`);
	}
	return documentSource(containersMembers(path), { bytes, mediaType: "" });
}

/** The files of such a directory under the names of an OCI image layout. */
function containersMembers(path: string): MemberSet {
	const files = directoryMembers(path);
	return {
		name: files.name,
		async open(member) {
			const digest = member.replace(/^blobs\//, "").replace("/", ":") as Digest;
			const hex = digest.slice(digest.indexOf(":") + 1);
			const name = digestAlgorithm(digest) === "sha256" ? hex : digest.replace(":", "-");
			return (await files.open(`${name}.manifest.json`)) ?? (await files.open(name));
		},
		close: () => files.close(),
	};
}
