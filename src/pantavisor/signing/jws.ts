import { encodeCanonicalJson, encodeCompactJson, jsonObject } from "../../ground/json/index.js";
import type { State } from "../state/index.js";
import { publicJwk } from "./key.js";
import { type Selection, selectMembers } from "./selection.js";
import type { SignerIdentity } from "./signer.js";

/** Returns the protected header, byte for byte as pvr writes it (docs/formats/pvr.md#the-protected-header). */
export function encodeProtectedHeader(identity: SignerIdentity, { include, exclude }: Selection): string {
	const { algorithm, publicKey, chain } = identity;
	const header = jsonObject({
		alg: algorithm,
		jwk: publicJwk(publicKey),
		pvs: { include, exclude },
		typ: "PVS",
		x5c: chain.length === 0 ? undefined : chain.map(({ raw }) => raw.toString("base64")),
	});
	return encodeCompactJson(header);
}

/** Returns what a signature is over: the selected members as canonical JSON. @throws SigningError ERR_PATTERN */
export function encodePayload(state: State, selection: Selection): string {
	return encodeCanonicalJson(selectMembers(state, selection));
}

/** Returns the bytes that a signature is computed over. */
export function signingInput(protectedPart: string, payload: string): Buffer {
	return Buffer.from(`${protectedPart}.${base64Url(payload)}`, "latin1");
}

export function base64Url(data: string | Uint8Array): string {
	return (typeof data === "string" ? Buffer.from(data, "utf8") : Buffer.from(data)).toString("base64url");
}
