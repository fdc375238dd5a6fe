import { expect, test } from "vitest";
import {
	type Descriptor,
	type DigestAlgorithm,
	digestBytes,
	verifyBlob,
} from "../../../src/image/oci/index.js";

async function* chunksOf(...texts: string[]): AsyncGenerator<Uint8Array> {
	for (const text of texts) yield Buffer.from(text);
}

function descriptor(text: string, algorithm: DigestAlgorithm = "sha256"): Descriptor {
	const bytes = Buffer.from(text);
	return { mediaType: "x", digest: digestBytes(bytes, algorithm), size: bytes.length };
}

async function read(blob: Descriptor, ...texts: string[]): Promise<string> {
	let all = "";
	for await (const chunk of verifyBlob(chunksOf(...texts), blob, "app")) all += Buffer.from(chunk).toString();
	return all;
}

test.each(["sha256", "sha512"] as const)(
	"rows 30, 45: right bytes pass, wrong ones are named (%s)",
	async (algorithm) => {
		const blob = descriptor("hello", algorithm);
		expect(await read(blob, "he", "", "llo")).toBe("hello");
		await expect(read(blob, "hellO")).rejects.toMatchObject({ code: "ERR_BLOB_DIGEST" });
		await expect(read(blob, "hellO")).rejects.toThrow(`expected ${blob.digest}, got ${algorithm}:`);
	},
);

test("row 31: the first byte too many ends it", async () => {
	const read: number[] = [];
	async function* endless(): AsyncGenerator<Uint8Array> {
		for (;;) {
			read.push(4);
			yield Buffer.from("abcd");
		}
	}
	const passing = (async () => {
		for await (const _ of verifyBlob(endless(), descriptor("hello"), "app"));
	})();
	await expect(passing).rejects.toMatchObject({ code: "ERR_BLOB_SIZE" });
	expect(read).toHaveLength(2);
});

test("a blob that ends early is an error, an empty one is not", async () => {
	await expect(read(descriptor("hello"), "hell")).rejects.toThrow("expected 5 bytes, got 4");
	expect(await read(descriptor(""))).toBe("");
});
