/**
 * Returns r and s one after the other, as JWS needs them, of an ECDSA signature in DER, as openssl and most
 * hardware make it. Undefined for bytes that are not such a signature.
 *
 * @param size bytes of each coordinate.
 */
export function joinDerSignature(der: Uint8Array, size: number): Buffer | undefined {
	const sequence = readDer(Buffer.from(der), 0, 0x30);
	if (sequence === undefined || sequence.end !== der.length) return undefined;
	const r = readDer(sequence.body, 0, 0x02);
	const s = r && readDer(sequence.body, r.end, 0x02);
	if (s === undefined || s.end !== sequence.body.length) return undefined;
	const coordinates = [r!.body, s.body].map((integer) => stripZeros(integer));
	if (coordinates.some((integer) => integer.length > size)) return undefined;
	return Buffer.concat(coordinates.flatMap((integer) => [Buffer.alloc(size - integer.length), integer]));
}

/** Returns the DER of r and s, given one after the other in equal halves: the inverse of `joinDerSignature`. */
export function encodeDerSignature(joined: Uint8Array): Buffer {
	const half = joined.length / 2;
	const integers = [joined.subarray(0, half), joined.subarray(half)].map(encodeInteger);
	return encodeDer(0x30, Buffer.concat(integers));
}

/** Encodes an integer. DER integers are signed, so a zero byte precedes a first bit that is set. */
function encodeInteger(coordinate: Uint8Array): Buffer {
	const digits = stripZeros(Buffer.from(coordinate));
	const isPositive = digits.length > 0 && digits[0]! < 0x80;
	return encodeDer(0x02, isPositive ? digits : Buffer.concat([Buffer.of(0), digits]));
}

/** Encodes a value of less than 256 bytes, such as the two coordinates of P-521. */
function encodeDer(tag: number, body: Buffer): Buffer {
	const length = body.length < 0x80 ? [body.length] : [0x81, body.length];
	return Buffer.concat([Buffer.of(tag, ...length), body]);
}

interface DerItem {
	readonly body: Buffer;
	/** Offset of the next value. */
	readonly end: number;
}

function readDer(bytes: Buffer, at: number, tag: number): DerItem | undefined {
	if (bytes[at] !== tag) return undefined;
	const first = bytes[at + 1] ?? 0xff;
	if (first > 0x81) return undefined;
	const start = at + (first === 0x81 ? 3 : 2);
	const length = first === 0x81 ? (bytes[at + 2] ?? 0) : first;
	const end = start + length;
	return end > bytes.length ? undefined : { body: bytes.subarray(start, end), end };
}

function stripZeros(integer: Buffer): Buffer {
	let start = 0;
	while (start < integer.length && integer[start] === 0) start++;
	return integer.subarray(start);
}
