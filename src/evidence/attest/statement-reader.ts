import { encodeCompactJson, isJsonObject, type JsonObject, type JsonValue } from "../../ground/json/index.js";
import { imageOfUri } from "./dependencies.js";
import { readObject } from "./envelope-reader.js";
import { AttestError } from "./errors.js";
import { kindOfPredicate, STATEMENT_TYPE, type StatementKind } from "./identifiers.js";

/** The parts of a statement that are checked. */
export interface StatementFacts {
	/** `_type` and predicate type, unchanged. */
	readonly type: string;
	readonly predicateType: string;
	/** Undefined for an unknown predicate. */
	readonly kind: StatementKind | undefined;
	readonly subjects: readonly StatementSubject[];
	readonly predicate: JsonObject;
}

export interface StatementSubject {
	readonly name: string;
	/** Lower-case hex; empty for a subject without a SHA-256. */
	readonly sha256: string;
}

const SUBJECT_LIMIT = 10_000;

/**
 * Parses an in-toto statement.
 * @param subject the file, for messages.
 * @throws AttestError ERR_ATTESTATION_FORMAT
 */
export function parseStatement(payload: Uint8Array, subject: string): StatementFacts {
	const statement = readObject(payload, `${subject}: payload`);
	const [type, predicateType] = [textOf(statement, "_type"), textOf(statement, "predicateType")];
	const listed = statement.get("subject");
	const predicate = statement.get("predicate");
	if (!Array.isArray(listed) || listed.length === 0 || listed.length > SUBJECT_LIMIT) {
		throw refusal(subject, `expected 1 to ${SUBJECT_LIMIT} subjects`);
	}
	if (!isJsonObject(predicate)) throw refusal(subject, "expected the predicate to be an object");
	const kind = type === STATEMENT_TYPE ? kindOfPredicate(predicateType) : undefined;
	return { type, predicateType, kind, subjects: listed.map((one) => readSubject(one, subject)), predicate };
}

function readSubject(one: JsonValue, subject: string): StatementSubject {
	if (!isJsonObject(one)) throw refusal(subject, "expected each subject to be an object");
	const digest = one.get("digest");
	return { name: textOf(one, "name"), sha256: isJsonObject(digest) ? textOf(digest, "sha256") : "" };
}

/** Returns the builder that provenance names; empty if it names none. */
export function builderOf({ predicate }: StatementFacts): string {
	const run = predicate.get("runDetails");
	const builder = isJsonObject(run) ? run.get("builder") : undefined;
	return isJsonObject(builder) ? textOf(builder, "id") : "";
}

/** Returns the images of registries that provenance names, each once: `registry.example/team/app`. */
export function imagesOf({ predicate }: StatementFacts): string[] {
	const definition = predicate.get("buildDefinition");
	const listed = isJsonObject(definition) ? definition.get("resolvedDependencies") : undefined;
	const uris = Array.isArray(listed) ? listed.filter(isJsonObject).map((one) => textOf(one, "uri")) : [];
	return [...new Set(uris.flatMap((uri) => imageOfUri(uri) ?? []))];
}

/** Returns the document in an SBOM statement, as JSON. */
export function documentOf({ predicate }: StatementFacts): Uint8Array {
	return Buffer.from(encodeCompactJson(predicate), "utf8");
}

function textOf(object: JsonObject, name: string): string {
	const value = object.get(name);
	return typeof value === "string" ? value : "";
}

function refusal(subject: string, reason: string): AttestError {
	return new AttestError("ERR_ATTESTATION_FORMAT", `${subject}: read statement: ${reason}`);
}
