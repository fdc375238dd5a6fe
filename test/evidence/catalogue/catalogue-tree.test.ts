import { expect, test } from "vitest";
import { catalogueTree } from "../../../src/evidence/catalogue/index.js";
import type { Content, Stretch } from "../../../src/ground/bytes/index.js";
import { treeOf } from "../../support/catalogue-trees.js";
import { elfWithSections } from "../../support/elf-sections.js";
import { file } from "../../support/inodes.js";

/** A file whose reads are counted by their places. */
function watched(bytes: Uint8Array, mode: number) {
	const reads: [from: number, to: number][] = [];
	const content: Content = {
		size: bytes.length,
		read(target, position) {
			reads.push([position, position + target.length]);
			target.set(bytes.subarray(position, position + target.length));
		},
	};
	return { reads, content, inode: { ...file(bytes, { mode }), content } };
}

function coveredBy(stretches: readonly Stretch[], content: Content, [from, to]: readonly [number, number]) {
	return stretches.some(
		(stretch) =>
			stretch.content === content && stretch.position <= from && stretch.position + stretch.size >= to,
	);
}

test("what is announced covers what is read of databases and of programs without modules", () => {
	const plain = elfWithSections({ sections: { ".text": new Uint8Array(100_000) } });
	const program = watched(plain, 0o755);
	const status = watched(Buffer.from("Package: a\nStatus: install ok installed\nVersion: 1\n"), 0o644);
	const tree = treeOf({ "bin/tool": program.inode, "var/lib/dpkg/status": status.inode });
	const announced: Stretch[] = [];
	let closed = 0;
	const { components } = catalogueTree(tree, (stretches) => {
		expect([...program.reads, ...status.reads]).toEqual([]);
		announced.push(...stretches);
		return { close: () => void closed++ };
	});
	expect(components.map(({ name }) => name)).toEqual(["a"]);
	expect(closed).toBe(1);
	for (const { reads, content } of [program, status]) {
		expect(reads.length).toBeGreaterThan(0);
		for (const read of reads) expect(coveredBy(announced, content, read)).toBe(true);
	}
	expect(
		announced.filter(({ content }) => content === program.content).every(({ size }) => size <= 4096),
	).toBe(true);
});

test("reading ahead ends, too, when a file cannot be read", () => {
	const broken = watched(new Uint8Array(100), 0o755);
	const content: Content = {
		size: 100,
		read() {
			throw new Error("the disk is gone");
		},
	};
	let closed = 0;
	const run = () =>
		catalogueTree(treeOf({ "bin/tool": { ...broken.inode, content } }), () => ({
			close: () => void closed++,
		}));
	expect(run).toThrow("the disk is gone");
	expect(closed).toBe(1);
});
