import type { Content } from "../../ground/bytes/index.js";
import { type State, stateObjects } from "../state/index.js";
import { ExportError } from "./errors.js";
import type { Part } from "./part.js";

/** Objects by their digest: of new parts, of a package, of a checkout's store. */
export interface ObjectSource {
	/** Returns an object, whose bytes are not checked; undefined if there is none. */
	get(sha256: string): Content | undefined;
}

/** Returns the objects of some parts, and then those of `others`. */
export function partObjects(parts: readonly Part[], others?: ObjectSource): ObjectSource {
	const objects = new Map(
		parts.flatMap((part) => [...part.objects.values()].map((object) => [object.sha256, object] as const)),
	);
	return { get: (sha256) => objects.get(sha256) ?? others?.get(sha256) };
}

/**
 * Returns the objects of a state, each once, in the order of their digests.
 * @throws ExportError ERR_OBJECT_MISSING naming a key of the state.
 */
export function resolveObjects(state: State, objects: ObjectSource): [sha256: string, content: Content][] {
	return stateObjects(state).map((sha256) => {
		const content = objects.get(sha256);
		if (content !== undefined) return [sha256, content];
		const key = [...state].find(([, value]) => value === sha256)?.[0];
		throw new ExportError("ERR_OBJECT_MISSING", `${key}: find object: expected object ${sha256}, got none`);
	});
}

/**
 * Compares the digest of an object's bytes with its name. The digest must be that of the bytes that are used, not
 * of those that a path or a store had before.
 * @param subject what is done with which object, for messages.
 * @throws ExportError ERR_OBJECT_HASH
 */
export function expectDigest(subject: string, sha256: string, got: string): void {
	if (got === sha256) return;
	throw new ExportError("ERR_OBJECT_HASH", `${subject}: expected that sha256, got ${got}`);
}
