import { isJsonObject } from "../ground/json/index.js";
import type { ObjectSource } from "../pantavisor/package/index.js";
import { error, type Finding } from "../pantavisor/rules/index.js";
import { objectReference, type State } from "../pantavisor/state/index.js";
import { parseVerityManifest, VerityError, verifyHashTree } from "../pantavisor/verity/index.js";

/** Whether every `_dm` manifest, its hash file and its volume belong together. */
export function lintVerity(state: State, objects: ObjectSource): Finding[] {
	const manifests = [...state].filter(([key]) => /^[^/_][^/]*\/_dm\/.+\.json$/.test(key));
	return manifests.flatMap(([key, value]) => {
		try {
			if (!isJsonObject(value)) return [error("VERITY_MANIFEST", key, "is not a JSON object")];
			const { dataDevice, hashDevice, rootHash } = parseVerityManifest(value, key);
			const container = key.slice(0, key.indexOf("/"));
			const find = (file: string) => objects.get(objectReference(state.get(`${container}/${file}`)) ?? "");
			const [volume, hashes] = [find(dataDevice), find(hashDevice)];
			if (volume === undefined) return [error("VERITY_FILE", key, `names ${dataDevice}, which is missing`)];
			if (hashes === undefined) return [error("VERITY_FILE", key, `names ${hashDevice}, which is missing`)];
			verifyHashTree(volume, hashes, rootHash, `${container}/${dataDevice}`);
			return [];
		} catch (cause) {
			if (!(cause instanceof VerityError)) throw cause;
			return [error("VERITY_MISMATCH", key, cause.message)];
		}
	});
}
