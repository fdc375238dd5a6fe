import { expect, test } from "vitest";
import { ReadAhead } from "../../../src/image/rootfs/read-ahead.js";
import { collect } from "../../support/chunks.js";

const MEBIBYTE = 1 << 20;

/** A source that counts what it gave, and knows whether it was closed. */
class Source {
	given = 0;
	closed = false;
	readonly #count: number;
	readonly #error: Error | undefined;

	constructor(count: number, error?: Error) {
		this.#count = count;
		this.#error = error;
	}

	async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
		try {
			for (; this.given < this.#count; this.given++) yield new Uint8Array(MEBIBYTE).fill(this.given);
			if (this.#error) throw this.#error;
		} finally {
			this.closed = true;
		}
	}
}

/** Long enough for everything that needs no input or output. */
function settled(): Promise<void> {
	return new Promise((resolve) => setImmediate(resolve));
}

test("all chunks come, in order", async () => {
	const bytes = await collect(new ReadAhead(new Source(30)));
	expect(bytes.length).toBe(30 * MEBIBYTE);
	expect(Array.from({ length: 30 }, (_, i) => bytes[i * MEBIBYTE])).toEqual(
		Array.from({ length: 30 }, (_, i) => i),
	);
});

test("reading begins at once, and stops when enough waits", async () => {
	const source = new Source(100);
	const ahead = new ReadAhead(source);
	await settled();
	expect(source.given).toBeGreaterThan(4);
	expect(source.given).toBeLessThan(12);
	await ahead.close();
	expect(source.closed).toBe(true);
});

test("an error comes where it happened: behind the chunks before it", async () => {
	const ahead = new ReadAhead(new Source(3, new Error("broken")));
	await settled();
	let chunks = 0;
	const reading = (async () => {
		for await (const _ of ahead) chunks++;
	})();
	await expect(reading).rejects.toThrow("broken");
	expect(chunks).toBe(3);
});

test("a reader that stops early closes the source; nobody has to read", async () => {
	const source = new Source(100);
	for await (const _ of new ReadAhead(source)) break;
	expect(source.closed).toBe(true);
	const unread = new ReadAhead(new Source(3, new Error("never seen")));
	await unread.close();
	await unread.close();
});
