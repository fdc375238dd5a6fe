import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bufferContent } from "../../src/ground/bytes/index.js";
import { createHashTree, verifyHashTree } from "../../src/pantavisor/verity/index.js";
import { needs } from "../support/needs.js";
import { run } from "../support/programs.js";

const salt = "a5".repeat(32);
const uuid = "0f1e2d3c-4b5a-4968-8776-655443322110";

needs("veritysetup").describe("veritysetup", () => {
	let directory: string;
	beforeAll(() => {
		directory = mkdtempSync(join(tmpdir(), "pvpkg-verity-"));
	});
	afterAll(() => rmSync(directory, { recursive: true, force: true }));

	function volume(blocks: number): Buffer {
		return Buffer.from(Uint8Array.from({ length: blocks * 4096 }, (_, i) => (i * 31 + (i >> 12)) & 0xff));
	}

	test.each([1, 2, 128, 129, 16385])("%i blocks: the same bytes as format writes", (blocks) => {
		const bytes = volume(blocks);
		const [data, hashes] = [join(directory, "data"), join(directory, "hash")];
		writeFileSync(data, bytes);
		rmSync(hashes, { force: true });
		const said = run("veritysetup", "format", data, hashes, `--salt=${salt}`, `--uuid=${uuid}`);
		const rootHash = said.match(/^Root hash:\s*(\w+)/m)![1]!;
		const tree = createHashTree(bufferContent(bytes), {
			subject: "data",
			salt: Buffer.from(salt, "hex"),
			uuid,
		});
		expect(tree.rootHash).toBe(rootHash);
		const theirs = readFileSync(hashes);
		expect(theirs.equals(tree.bytes)).toBe(true);
		expect(() => verifyHashTree(bufferContent(bytes), bufferContent(theirs), rootHash, "data")).not.toThrow();
	});

	test("verify accepts our hash file and finds a flipped bit", () => {
		const bytes = volume(300);
		const [data, hashes] = [join(directory, "data2"), join(directory, "hash2")];
		const tree = createHashTree(bufferContent(bytes), {
			subject: "data",
			salt: Buffer.from(salt, "hex"),
			uuid,
		});
		writeFileSync(data, bytes);
		writeFileSync(hashes, tree.bytes);
		run("veritysetup", "verify", data, hashes, tree.rootHash);
		bytes[123456]! ^= 4;
		writeFileSync(data, bytes);
		expect(() => run("veritysetup", "verify", data, hashes, tree.rootHash)).toThrow(/position|failed/i);
		expect(() =>
			verifyHashTree(bufferContent(bytes), bufferContent(tree.bytes), tree.rootHash, "data"),
		).toThrow("data block 30 or its hash is wrong");
	});
});
