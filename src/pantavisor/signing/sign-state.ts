import { type JsonObject, type JsonValue, jsonObject } from "../../ground/json/index.js";
import type { State } from "../state/index.js";
import { SigningError } from "./errors.js";
import { base64Url, encodePayload, encodeProtectedHeader, signingInput } from "./jws.js";
import { anyGlob, type Selection, selectMembers } from "./selection.js";
import { parseSignature, SIGNATURE_SPEC, signatureKeys } from "./signature.js";
import { adoptSignature, type Signer, type SignerIdentity } from "./signer.js";

/** A signature to be made: the file's name without `.json`, and what it covers. */
export interface SigningTask {
	readonly name: string;
	readonly selection: Selection;
	/** Keeps a copy of the payload in the file. */
	readonly withPayload?: boolean | undefined;
}

/** A signature that lacks only the signature itself. */
export interface SigningRequest {
	readonly task: SigningTask;
	readonly identity: SignerIdentity;
	/** Protected header, base64url. */
	readonly protectedPart: string;
	/** Canonical JSON of what is covered. */
	readonly payload: string;
	/** The bytes to sign. */
	readonly input: Buffer;
}

/**
 * The state with `_sigs/NAME.json` over what the selection covers.
 * @throws SigningError ERR_SELECTION when that is nothing, or cannot be checked on a device.
 */
export async function signState(state: State, task: SigningTask, signer: Signer): Promise<State> {
	const request = signingRequest(state, task, signer);
	return attachSignature(state, request, await signer.sign(request.input));
}

/** What is to be signed: for a signer that works elsewhere, `input` goes out. */
export function signingRequest(state: State, task: SigningTask, identity: SignerIdentity): SigningRequest {
	checkSelection(state, task);
	const protectedPart = base64Url(encodeProtectedHeader(identity, task.selection));
	const payload = encodePayload(state, task.selection);
	return { task, identity, protectedPart, payload, input: signingInput(protectedPart, payload) };
}

/** Adds the signature that came back, once it was checked. @throws SigningError ERR_SIGNATURE */
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
 * @param patterns which: signature names, or globs over keys that end in `.json`. Default: all in `_sigs`.
 * @returns the state, and the keys of the signatures in it.
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

/** The signatures that names or globs mean, sorted. @throws SigningError ERR_PATTERN */
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
