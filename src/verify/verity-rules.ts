import type { Content } from "../ground/bytes/index.js";
import { isJsonObject } from "../ground/json/index.js";
import type { ObjectSource } from "../pantavisor/package/index.js";
import { error, type Finding } from "../pantavisor/rules/index.js";
import { objectReference, type State } from "../pantavisor/state/index.js";
import { checkRootHash, hashTreeRoot, parseVerityManifest, VerityError } from "../pantavisor/verity/index.js";

/** Checks that every `_dm` manifest, its hash file and its volume belong together. */
export function lintVerity(state: State, objects: ObjectSource): Finding[] {
	const manifests = [...state].filter(([key]) => /^[^/_][^/]*\/_dm\/.+\.json$/.test(key));
	const roots = new RootHashes(objects);
	return manifests.flatMap(([key, value]) => {
		try {
			if (!isJsonObject(value)) return [error("VERITY_MANIFEST", key, "is not a JSON object")];
			const { dataDevice, hashDevice, rootHash } = parseVerityManifest(value, key);
			const container = key.slice(0, key.indexOf("/"));
			const object = (file: string) => objectReference(state.get(`${container}/${file}`)) ?? "";
			const pair = [object(dataDevice), object(hashDevice)] as const;
			const missing = [dataDevice, hashDevice].find((_, at) => objects.get(pair[at]!) === undefined);
			if (missing !== undefined) return [error("VERITY_FILE", key, `names ${missing}, which is missing`)];
			const subject = `${container}/${dataDevice}`;
			checkRootHash(roots.of(...pair, subject), rootHash, subject);
			return [];
		} catch (cause) {
			if (!(cause instanceof VerityError)) throw cause;
			return [error("VERITY_MISMATCH", key, cause.message)];
		}
	});
}

/** Computes the root hashes of volumes with their hash files, each pair once, as many manifests may name it. */
class RootHashes {
	readonly #objects: ObjectSource;
	readonly #known = new Map<string, string | VerityError>();

	constructor(objects: ObjectSource) {
		this.#objects = objects;
	}

	/** Returns the root hash of a volume. @throws VerityError */
	of(volume: string, hashes: string, subject: string): string {
		const name = `${volume} ${hashes}`;
		const known = this.#known.get(name) ?? this.#compute(volume, hashes, subject);
		this.#known.set(name, known);
		if (typeof known === "string") return known;
		throw known;
	}

	#compute(volume: string, hashes: string, subject: string): string | VerityError {
		const find = (sha256: string): Content => this.#objects.get(sha256)!;
		try {
			return hashTreeRoot(find(volume), find(hashes), subject);
		} catch (cause) {
			if (cause instanceof VerityError) return cause;
			throw cause;
		}
	}
}
