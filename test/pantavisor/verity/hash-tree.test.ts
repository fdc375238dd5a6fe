import { describe, expect, test } from "vitest";
import { bufferContent, sha256Hex } from "../../../src/ground/bytes/index.js";
import { encodeCanonicalJson, parseJson } from "../../../src/ground/json/index.js";
import {
	createHashTree,
	parseVerityManifest,
	verifyHashTree,
	verityIdentity,
	verityManifestValue,
} from "../../../src/pantavisor/verity/index.js";

const options = {
	subject: "web/root.squashfs",
	salt: Buffer.from("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", "hex"),
	uuid: "12345678-9abc-4def-8123-456789abcdef",
};

function volume(blocks: number): Buffer {
	return Buffer.alloc(blocks * 4096, (blocks * 37) & 0xff);
}

describe("hash tree", () => {
	test.each([1, 2, 127, 128, 129, 300])("%i blocks verify", (blocks) => {
		const data = bufferContent(volume(blocks));
		const tree = createHashTree(data, options);
		expect(() => verifyHashTree(data, bufferContent(tree.bytes), tree.rootHash, "v")).not.toThrow();
	});

	// `veritysetup format --salt=… --uuid=…` of cryptsetup 2.6 made these.
	test.each([
		[1, 1, "f15ebb78c320f2ac5f59c74ff99944b8a9ec3ae6e56f9fb3acb91373647e32d2", "ae9fc2c40a1819e6"],
		[2, 8, "e59a7b2988be95e12304517473c148fab9d121dcd63de5b6ac11e81c39b6fb54", "b5122115a95276ab"],
		[129, 32, "2b040710ac6c7f87177ec0791c40cb0ea1cc9619356e6219ea306352cf042b85", "51bca67975e5df1f"],
		[3, 64, "d2099b932fbc04e2cd6a66838552fd2b231914e655d2b18ca01182c6704a409e", "3e741a47f1c54bc1"],
		[2, 256, "a56e6b6174ef22f5983119b1d4aedc227cdd98fb14892a8407bb0f9e4aa34b9e", "f37620a6c7dcfb66"],
	])("%i blocks with a salt of %i bytes are as veritysetup makes them", (blocks, length, root, file) => {
		const salt = Buffer.from(Array.from({ length }, (_, i) => (i * 7 + 3) & 0xff));
		const tree = createHashTree(bufferContent(volume(blocks)), { ...options, salt });
		expect(tree.rootHash).toBe(root);
		expect(sha256Hex(tree.bytes).slice(0, 16)).toBe(file);
	});

	test.each([0, 257])("a salt of %i bytes is refused", (length) => {
		const salt = Buffer.alloc(length);
		expect(() => createHashTree(bufferContent(volume(1)), { ...options, salt })).toThrow(
			`salt: expected 1..256 bytes, got ${length}`,
		);
	});

	test("sizes of the levels: 129 blocks need two leaves' blocks and one above", () => {
		expect(createHashTree(bufferContent(volume(129)), options).bytes.length).toBe(4096 * 4);
	});

	test("one block has no levels: its hash file is a superblock", () => {
		const data = bufferContent(volume(1));
		const { bytes, rootHash } = createHashTree(data, options);
		expect(() => verifyHashTree(data, bufferContent(bytes.subarray(0, 512)), rootHash, "v")).not.toThrow();
	});

	test("what stands behind the hashes is not read, however much it is", () => {
		const data = bufferContent(volume(200));
		const { bytes, rootHash } = createHashTree(data, options);
		const { read } = bufferContent(bytes);
		expect(() => verifyHashTree(data, { size: 2 ** 50, read }, rootHash, "v")).not.toThrow();
	});

	test.each([4095, 4096, 4096 * 4 - 1])("a hash file cut to %i bytes is too short", (size) => {
		const data = bufferContent(volume(129));
		const { bytes, rootHash } = createHashTree(data, options);
		const cut = bufferContent(bytes.subarray(0, size));
		expect(() => verifyHashTree(data, cut, rootHash, "v")).toThrow("v: read hashes: file is too short");
	});

	test("an empty volume is none, whatever its hash file says", () => {
		const hashes = Buffer.from(createHashTree(bufferContent(volume(1)), options).bytes);
		hashes.writeBigUInt64LE(0n, 72);
		expect(() => verifyHashTree(bufferContent(Buffer.alloc(0)), bufferContent(hashes), "", "v")).toThrow(
			"v: verify: volume size: expected at least one block, got none",
		);
	});

	test("a flipped bit of the volume names its block", () => {
		const bytes = volume(200);
		const tree = createHashTree(bufferContent(bytes), options);
		bytes[150 * 4096 + 17]! ^= 1;
		expect(() => verifyHashTree(bufferContent(bytes), bufferContent(tree.bytes), tree.rootHash, "v")).toThrow(
			"v: verify: data block 150 or its hash is wrong",
		);
	});

	test("a flipped bit above the leaves is found", () => {
		const data = bufferContent(volume(200));
		const { bytes, rootHash } = createHashTree(data, options);
		bytes[4096 + 5]! ^= 1;
		expect(() => verifyHashTree(data, bufferContent(bytes), rootHash, "v")).toThrow("above the leaves");
	});

	test.each([
		["another root hash", (hashes: Uint8Array) => [hashes, "00".repeat(32)] as const, "ERR_VERITY_MISMATCH"],
		[
			"a cut hash file",
			(h: Uint8Array, root: string) => [h.subarray(0, 5000), root] as const,
			"ERR_VERITY_FORMAT",
		],
		["no superblock", (h: Uint8Array, root: string) => [h.map(() => 7), root] as const, "ERR_VERITY_FORMAT"],
	])("%s is refused", (_, change, code) => {
		const data = bufferContent(volume(3));
		const tree = createHashTree(data, options);
		const [hashes, root] = change(tree.bytes, tree.rootHash);
		expect(() => verifyHashTree(data, bufferContent(hashes), root, "v")).toThrow(
			expect.objectContaining({ code }),
		);
	});

	test("a volume that is not whole blocks is refused", () => {
		expect(() => createHashTree(bufferContent(new Uint8Array(5000)), options)).toThrow(
			"web/root.squashfs: hash: size: expected a multiple of 4096 bytes, got 5000",
		);
	});
});

describe("manifest", () => {
	test("members of others survive, and the text is canonical", () => {
		const text = '{"data_device":"r","hash_device":"r.hash","root_hash":"ab","type":"dm-verity","zz":1}';
		const manifest = parseVerityManifest(parseJson(text, "m"), "m");
		expect(encodeCanonicalJson(verityManifestValue(manifest))).toBe(text);
	});

	test("a member of the wrong type is named", () => {
		expect(() => parseVerityManifest(parseJson('{"salt":3}', "m"), "web/_dm/r.json")).toThrow(
			"web/_dm/r.json: salt: expected a string",
		);
	});

	test("salt and uuid depend on the volume alone", () => {
		const identity = verityIdentity("aa");
		expect(identity).toEqual(verityIdentity("aa"));
		expect(identity.uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
		expect(identity).not.toEqual(verityIdentity("ab"));
	});

	// Hash files that are made again, by dm-apply, depend on these: they must never change.
	test("salt and uuid of a volume stay what they were", () => {
		expect(verityIdentity("ab".repeat(32))).toEqual({
			salt: "cb103bfbe50a717ccd2416657fb75c290ff557d976e16f8f0137e53381974cee",
			uuid: "e5e55d91-be43-8622-8c07-6661e3a225d7",
		});
	});
});
