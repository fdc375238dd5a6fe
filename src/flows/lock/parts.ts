import { LockError, type LockedImage, type LockedPlatform, lockedPlatform } from "../../image/lock/index.js";
import { type Digest, formatPlatform, type Image } from "../../image/oci/index.js";

/** An entry of a lock, for messages with its place. */
export interface StatedEntry {
	readonly path: string;
	readonly key: string;
	readonly entry: LockedImage;
}

/**
 * Checks that what a lock states of an image is so. Its digest decides the bytes, but the lock also states the parts
 * for those who read it alone: foreign fetchers, provenance, and whoever reviews a change of it.
 * @param named what the index of the entry names; undefined without an index.
 * @throws LockError ERR_LOCK_STALE
 */
export function checkStated(
	{ path, key, entry }: StatedEntry,
	image: Image,
	named: ReadonlySet<Digest> | undefined,
): void {
	const refuse = (reason: string): never => {
		const remedy = `("pvpkg lock --update ${key}" looks it up)`;
		const subject = `${path}: ${key}: ${formatPlatform(image.requested)}`;
		throw new LockError("ERR_LOCK_STALE", `${subject}: check: ${reason} ${remedy}`);
	};
	if (named !== undefined && !named.has(image.digest)) {
		refuse(`expected an image of the index ${entry.resolved}, got ${image.digest}, which it does not name`);
	}
	const [stated, real] = [statedParts(lockedPlatform(entry, image.requested)!), partsOf(image)];
	for (const name of new Set([...stated.keys(), ...real.keys()])) {
		const [got, expected] = [stated.get(name) ?? "none", real.get(name) ?? "none"];
		if (got !== expected) refuse(`${name}: expected ${expected}, as the image has it, got ${got}`);
	}
}

/** What a lock states of an image, part by part. */
function statedParts({ manifest, config, layers }: LockedPlatform): Map<string, string> {
	return partMap(manifest, config, layers);
}

function partsOf({ descriptor, manifest, layers }: Image): Map<string, string> {
	const own = layers.map(({ descriptor: layer, diffId }) => ({ ...layer, diffId }));
	return partMap(descriptor, manifest.config, own);
}

interface StatedBlob {
	readonly digest: Digest;
	readonly size: number;
}

function partMap(
	manifest: StatedBlob,
	config: StatedBlob,
	layers: readonly (StatedBlob & { readonly diffId: Digest })[],
): Map<string, string> {
	const blob = ({ digest, size }: StatedBlob): string => `${digest} of ${size} bytes`;
	return new Map([
		["manifest", blob(manifest)],
		["configuration", blob(config)],
		...layers.map((layer, at): [string, string] => [
			`layer ${at + 1}`,
			`${blob(layer)}, unpacked ${layer.diffId}`,
		]),
	]);
}
