import { type Content, contentSha256 } from "../../ground/bytes/index.js";
import { createHashTree } from "./hash-tree.js";
import { type VerityManifest, verityIdentity } from "./manifest.js";

/** The hash file of a volume, and the content of its manifest. */
export interface Protection {
	readonly manifest: VerityManifest;
	readonly hashes: Uint8Array;
}

/**
 * Protects a volume (docs/formats/pvr.md#dm-verity). It keeps salt and uuid of an existing manifest, so that the
 * same volume keeps its hash file.
 * @param name file name of the volume in its container; `subject` is its path, for messages.
 * @throws VerityError ERR_VERITY_INPUT
 */
export function protectVolume(
	volume: Content,
	name: string,
	subject: string,
	previous?: VerityManifest,
): Protection {
	const fresh = verityIdentity(contentSha256(volume));
	const { salt = fresh.salt, uuid = fresh.uuid } = previous ?? {};
	const tree = createHashTree(volume, { subject, salt: Buffer.from(salt, "hex"), uuid });
	const manifest = {
		dataDevice: name,
		hashDevice: `${name}.hash`,
		rootHash: tree.rootHash,
		salt,
		uuid,
		others: previous?.others ?? new Map(),
	};
	return { manifest, hashes: tree.bytes };
}
