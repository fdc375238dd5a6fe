/**
 * Returns the bytes that a DSSE envelope's signature covers, its pre-authentication encoding: type and payload, each
 * with its length (https://github.com/secure-systems-lab/dsse/blob/master/protocol.md).
 */
export function dsseSignedBytes(payloadType: string, payload: Uint8Array): Buffer {
	const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `;
	return Buffer.concat([Buffer.from(head, "utf8"), payload]);
}
