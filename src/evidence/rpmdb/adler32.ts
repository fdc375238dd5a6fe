const MODULUS = 65521;
/** Most bytes to add before the sums have to be reduced to stay below 2^31. */
const RUN = 3800;

/** Returns the checksum of zlib streams and of rpm's databases, 0..2^32-1 (RFC 1950, part 8.2). */
export function adler32(bytes: Uint8Array): number {
	let first = 1;
	let second = 0;
	for (let start = 0; start < bytes.length; start += RUN) {
		const end = Math.min(start + RUN, bytes.length);
		for (let at = start; at < end; at++) {
			first += bytes[at]!;
			second += first;
		}
		first %= MODULUS;
		second %= MODULUS;
	}
	return second * 65536 + first;
}
