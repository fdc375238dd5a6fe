import { digestBytes } from "../../src/image/oci/index.js";
import type { SampleImage } from "./image-layout.js";
import type { TarHeader } from "./tar-builder.js";

export interface SavedImage {
	readonly image: SampleImage;
	readonly tags?: readonly string[] | null;
}

/** What `docker save` wrote before version 25: a directory a layer, repeated layers as links. */
export function oldDockerMembers(saved: readonly SavedImage[]): TarHeader[] {
	const held = new Map<string, string>();
	const members: TarHeader[] = [];
	const manifest = saved.map(({ image, tags }, at) => ({
		Config: `${image.config.digest.slice(7)}.json`,
		RepoTags: tags ?? null,
		Layers: image.diffs.map((diff, level) => {
			const path = `${at}-${level}/layer.tar`;
			const digest = digestBytes(diff);
			const first = held.get(digest);
			members.push({ path: `${at}-${level}/`, type: "5" });
			members.push({ path: `${at}-${level}/VERSION`, body: "1.0" });
			if (first === undefined) members.push({ path, body: diff });
			else members.push({ path, type: "2", link: `../${first}` });
			held.set(digest, first ?? path);
			return path;
		}),
	}));
	for (const { image } of saved) {
		members.push({ path: `${image.config.digest.slice(7)}.json`, body: configBytes(image) });
	}
	return [...members, { path: "manifest.json", body: JSON.stringify(manifest) }];
}

/** What others write: layers compressed, or under their digests as in an OCI layout. */
export function flatDockerMembers(
	{ image, tags }: SavedImage,
	layers: readonly Buffer[] = image.layers,
): TarHeader[] {
	const path = (bytes: Uint8Array): string => `blobs/sha256/${digestBytes(bytes).slice(7)}`;
	const manifest = [{ Config: path(configBytes(image)), RepoTags: tags, Layers: layers.map(path) }];
	return [
		{ path: "manifest.json", body: JSON.stringify(manifest) },
		{ path: path(configBytes(image)), body: configBytes(image) },
		...layers.map((body) => ({ path: path(body), body })),
	];
}

function configBytes(image: SampleImage): Buffer {
	return image.blobs.get(`blobs/${image.config.digest.replace(":", "/")}`)!;
}
