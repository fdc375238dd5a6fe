import { type JsonObject, type JsonValue, jsonObject } from "../../ground/json/index.js";
import type { State } from "../state/index.js";
import { SigningError } from "./errors.js";
import { base64Url, encodePayload, encodeProtectedHeader, signingInput } from "./jws.js";
import { anyGlob, type Selection, selectMembers } from "./selection.js";
import { parseSignature, SIGNATURE_SPEC, signatureKeys } from "./signature.js";
import { adoptSignature, type Signer, type SignerIdentity } from "./signer.js";

/** A signature to make: the name of its file without `.json`, and what it covers. */
export interface SigningTask {
	readonly name: string;
	readonly selection: Selection;
	/** Whether the file keeps a copy of the payload. */
	readonly withPayload?: boolean | undefined;
}

/** Everything of a signature except the signature itself. */
export interface SigningRequest {
	readonly task: SigningTask;
	readonly identity: SignerIdentity;
	/** Protected header, base64url. */
	readonly protectedPart: string;
	/** Canonical JSON of the covered members. */
	readonly payload: string;
	/** The bytes to sign. */
	readonly input: Buffer;
}

/**
 * Returns the state with `_sigs/NAME.json`, which covers what the selection does.
 * @throws SigningError ERR_SELECTION when it covers nothing, or a device cannot check it.
 */
export async function signState(state: State, task: SigningTask, signer: Signer): Promise<State> {
	const request = signingRequest(state, task, signer);
	return attachSignature(state, request, await signer.sign(request.input));
}

/** Returns what is to be signed. For a signer elsewhere, `input` is what it signs. */
export function signingRequest(state: State, task: SigningTask, identity: SignerIdentity): SigningRequest {
	checkSelection(state, task);
	const protectedPart = base64Url(encodeProtectedHeader(identity, task.selection));
	const payload = encodePayload(state, task.selection);
	return { task, identity, protectedPart, payload, input: signingInput(protectedPart, payload) };
}

/** Adds a signature that was made elsewhere, after checking it. @throws SigningError ERR_SIGNATURE */
export function attachSignature(state: State, request: SigningRequest, signature: Uint8Array): State {
	const { task, identity, input } = request;
	const document = jsonObject({
		"#spec": SIGNATURE_SPEC,
		payload: task.withPayload ? base64Url(request.payload) : undefined,
		protected: request.protectedPart,
		signature: base64Url(adoptSignature(identity, input, signature)),
	});
	return new Map([...state, [signatureKey(task.name), document]]);
}

/**
 * Makes signatures again, over the same keys, by another signer or over a changed state.
 * @param patterns names of signatures, or globs over keys that end in `.json`. Default: all in `_sigs`.
 * @returns the state, and the keys of these signatures.
 */
export async function updateSignatures(
	state: State,
	signer: Signer,
	patterns: readonly string[] = ["_sigs/*.json"],
): Promise<{ readonly state: State; readonly keys: readonly string[] }> {
	const keys = selectSignatures(state, patterns);
	const updated: JsonObject = new Map(state);
	for (const key of keys) {
		const { include, exclude, document } = parseSignature(state, key);
		const name = key.slice(key.lastIndexOf("/") + 1).replace(/\.json$/, "");
		const task: SigningTask = {
			name,
			selection: { include: include ?? ["*"], exclude: exclude ?? ["**/src.json", signatureKey(name)] },
			withPayload: document.has("payload"),
		};
		const signed = await signState(state, task, signer);
		updated.set(signatureKey(name), signed.get(signatureKey(name))!);
	}
	return { state: updated, keys };
}

/** Returns the keys of the signatures that names or globs select, sorted. @throws SigningError ERR_PATTERN */
export function selectSignatures(state: State, patterns: readonly string[]): string[] {
	const matches = anyGlob(patterns.map((name) => (name.endsWith(".json") ? name : signatureKey(name))));
	return signatureKeys(state).filter(matches);
}

function signatureKey(name: string): string {
	return `_sigs/${name}.json`;
}

function checkSelection(state: State, { name, selection }: SigningTask): void {
	if (!/^[A-Za-z0-9_.-]+$/.test(name)) {
		throw refusal(name, "expected a name of letters, digits, dots, dashes and underscores");
	}
	const members = [...selectMembers(state, selection)];
	if (members.every(([key]) => key === signatureKey(name))) {
		throw refusal(name, `the state has nothing that ${selection.include.join(", ")} covers`);
	}
	const scalar = members.find(([, value]) => !isSignable(value));
	if (scalar)
		throw refusal(name, `${scalar[0]} is a bare number, boolean or null, which a device cannot check`);
}

function isSignable(value: JsonValue): boolean {
	return typeof value === "string" || value instanceof Map || Array.isArray(value);
}

function refusal(name: string, reason: string): SigningError {
	return new SigningError("ERR_SELECTION", `_sigs/${name}.json: sign: ${reason}`);
}
