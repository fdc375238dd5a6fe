import type { Content } from "../../ground/bytes/index.js";

const CHUNK = 1 << 16;

/**
 * Returns the first byte in which two contents differ, undefined if they are equal. A shorter one differs at its
 * end.
 */
export function firstDifference(a: Content, b: Content): number | undefined {
	const shared = Math.min(a.size, b.size);
	const size = Math.min(CHUNK, shared);
	const [left, right] = [Buffer.allocUnsafe(size), Buffer.allocUnsafe(size)];
	for (let position = 0; position < shared; position += CHUNK) {
		const length = Math.min(CHUNK, shared - position);
		const [x, y] = [left.subarray(0, length), right.subarray(0, length)];
		a.read(x, position);
		b.read(y, position);
		if (x.equals(y)) continue;
		for (let i = 0; i < length; i++) if (x[i] !== y[i]) return position + i;
	}
	return a.size === b.size ? undefined : shared;
}

/** Returns a few bytes from a position on as hex, for messages; empty after the end. */
export function hexAt(content: Content, position: number, count = 8): string {
	const bytes = Buffer.alloc(Math.max(0, Math.min(count, content.size - position)));
	content.read(bytes, position);
	return bytes.length === 0 ? "the end" : bytes.toString("hex");
}
