import { expect, test } from "vitest";
import { bufferContent } from "../../../src/ground/bytes/index.js";
import { openImage } from "../../../src/squashfs/read/index.js";
import { directory, file } from "../../support/inodes.js";
import { imageBytes } from "../../support/squashfs-images.js";

const NAME = "name-of-a-file-that-is-long-";

/** An image of raw tables with a directory of so many files, and where the entries of its index are. */
async function indexedImage(files = 600): Promise<{ image: Buffer; index: number[] }> {
	const names = Array.from({ length: files }, (_, i) => `${NAME}${String(i).padStart(4, "0")}`);
	const crowd = directory(Object.fromEntries(names.map((name) => [name, file("")])));
	const image = await imageBytes({ root: directory({ crowd }) }, { rawInodes: true });
	const [start, end] = [Number(image.readBigUInt64LE(64)), Number(image.readBigUInt64LE(72))];
	const index: number[] = [];
	for (let at = image.indexOf(NAME, start); at >= 0 && at < end; at = image.indexOf(NAME, at + 1))
		index.push(at - 12);
	return { image, index };
}

const count = (image: Buffer): number => [...openImage(bufferContent(image)).entries()].length;

test("an index that fits its listing is read", async () => {
	const { image, index } = await indexedImage();
	expect(index.length).toBeGreaterThan(1);
	expect(count(image)).toBe(602);
});

// Kernels look names up by the index, and list without it: they would open a file that no other reader sees.
test.each<[string, (image: Buffer, entry: number) => void]>([
	["leads to another block", (image, at) => void image.writeUInt32LE(0, at + 4)],
	[
		"leads to another byte of the listing",
		(image, at) => void image.writeUInt32LE(image.readUInt32LE(at) + 1, at),
	],
	["leads beyond the listing", (image, at) => void image.writeUInt32LE(1 << 30, at)],
	["has a name that comes before the run", (image, at) => void image.write("0000", at + 12 + NAME.length)],
	[
		"has a name that comes after its first one",
		(image, at) => void image.write("9999", at + 12 + NAME.length),
	],
])("an index whose entry %s is refused", async (_, damage) => {
	const { image, index } = await indexedImage();
	damage(image, index[1]!);
	expect(() => count(image)).toThrow("directory index: name-of-a-file");
});

test("an index with a name longer than any is refused", async () => {
	const { image, index } = await indexedImage();
	image.writeUInt32LE(300, index[0]! + 8);
	expect(() => count(image)).toThrow("directory index: expected a file name, got 301 bytes");
});
