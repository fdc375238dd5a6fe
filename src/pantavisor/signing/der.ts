/** One value of DER (ITU-T X.690): its tag, its contents, and its whole encoding. */
export interface DerValue {
	/** The identifier octet. Certificates have no tags above 30. */
	readonly tag: number;
	readonly content: Uint8Array;
	readonly bytes: Uint8Array;
}

export const DER = {
	boolean: 0x01,
	integer: 0x02,
	bitString: 0x03,
	octetString: 0x04,
	oid: 0x06,
	sequence: 0x30,
	set: 0x31,
} as const;

/** The error for bytes that are not DER. */
export class DerError extends Error {}

/** Returns the values that bytes encode one after the other. @throws DerError */
export function readDer(bytes: Uint8Array): DerValue[] {
	const values: DerValue[] = [];
	for (let at = 0; at < bytes.length; ) {
		const value = readOne(bytes, at);
		values.push(value);
		at += value.bytes.length;
	}
	return values;
}

function readOne(bytes: Uint8Array, start: number): DerValue {
	const tag = bytes[start]!;
	const first = bytes[start + 1];
	if ((tag & 0x1f) === 0x1f || first === undefined || first === 0x80) throw new DerError("unknown form");
	const count = first < 0x80 ? 0 : first & 0x7f;
	if (count > 3) throw new DerError("too long");
	let length = first < 0x80 ? first : 0;
	for (let i = 0; i < count; i++) length = length * 256 + (bytes[start + 2 + i] ?? 0);
	const from = start + 2 + count;
	if (from + length > bytes.length) throw new DerError("cut off");
	return { tag, content: bytes.subarray(from, from + length), bytes: bytes.subarray(start, from + length) };
}

/** Returns the first value that bytes encode. @throws DerError if there is none */
export function readFirst(bytes: Uint8Array): DerValue {
	if (bytes.length === 0) throw new DerError("empty");
	return readOne(bytes, 0);
}

/** Returns the dotted form of an encoded object identifier. */
export function decodeOid(content: Uint8Array): string {
	const [first = 0] = content;
	const parts = [Math.min(2, Math.floor(first / 40)), first - 40 * Math.min(2, Math.floor(first / 40))];
	let value = 0;
	for (const byte of content.subarray(1)) {
		value = value * 128 + (byte & 0x7f);
		if (byte < 0x80) {
			parts.push(value);
			value = 0;
		}
	}
	return parts.join(".");
}
