import { basename } from "node:path";
import type { Evidence } from "../../container/index.js";
import { PREDICATE_TYPES, STATE_SUBJECT, STATEMENT_TYPE, type StatementKind } from "./identifiers.js";

/** A subject or dependency of a statement: the used part of in-toto's ResourceDescriptor. */
export interface ResourceDescriptor {
	readonly name?: string | undefined;
	readonly uri?: string | undefined;
	/** Digests by algorithm (`sha256`, `gitCommit`), in lower-case hex. */
	readonly digest?: Readonly<Record<string, string>> | undefined;
	readonly mediaType?: string | undefined;
	readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/**
 * Returns the subjects of all statements about a package: the file, its state without signatures, and every
 * image, so that a single object on a device can be traced.
 */
export function packageSubjects(evidence: Evidence): ResourceDescriptor[] {
	const { package: file, state, objects } = evidence;
	const images = [...objects].filter(([key]) => key.endsWith(".squashfs")).sort(byName);
	const digests: readonly (readonly [string, string])[] = [
		[basename(file.path ?? ""), file.sha256],
		[STATE_SUBJECT, state.unsigned],
		...images.map(([key, { sha256 }]) => [key, sha256] as const),
	];
	return digests.map(([name, sha256]) => ({ name, digest: { sha256 } }));
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
	return a < b ? -1 : 1;
}

/**
 * Encodes an in-toto statement (https://in-toto.io/Statement/v1) without spaces; equal values give equal bytes.
 * Control characters that JSON allows are escaped too, as terminals obey them.
 */
export function encodeStatement(
	kind: StatementKind,
	subject: readonly ResourceDescriptor[],
	predicate: object,
): string {
	const statement = { _type: STATEMENT_TYPE, subject, predicateType: PREDICATE_TYPES[kind], predicate };
	return JSON.stringify(statement).replace(/[\x7f-\x9f]/g, escapeCharacter);
}

function escapeCharacter(character: string): string {
	return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
