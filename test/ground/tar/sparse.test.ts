import { describe, expect, test } from "vitest";
import { base256, GNU, oldSparse, paxRecord, type TarHeader, tarball } from "../../support/tar-builder.js";
import { type ReadEntry, readAll } from "../../support/tar-entries.js";

type Part = TarHeader | Uint8Array;

/** A file of what a sparse entry stands for. */
function expand({ size, extents, data }: ReadEntry): string {
	const file = Buffer.alloc(size);
	let used = 0;
	for (const { offset, length } of extents ?? [{ offset: 0, length: size }]) {
		file.write(data.slice(used, used + length), offset, "latin1");
		used += length;
	}
	expect(used).toBe(data.length);
	return file.toString("latin1");
}

describe("sparse files", () => {
	const size = 20000;
	const extents = [
		[0, 3],
		[4096, 1000],
		[19000, 0],
	] as const;
	const data = `abc${"d".repeat(1000)}`;
	const expected = `abc${"\0".repeat(4093)}${"d".repeat(1000)}`.padEnd(size, "\0");
	const pairs = extents.flat().map(String);
	const mapText = Buffer.from(`${extents.length}\n${pairs.join("\n")}\n`.padEnd(512, "\0"));
	const name = { "GNU.sparse.name": "sparse" };
	const forms: Record<string, readonly Part[]> = {
		"old GNU": [{ path: "sparse", type: "S", magic: GNU, body: data, raw: oldSparse(size, extents) }],
		"pax 0.0": [
			{
				path: "PaxHeader",
				type: "x",
				body: Buffer.concat([
					paxRecord("GNU.sparse.size", `${size}`),
					paxRecord("GNU.sparse.numblocks", "3"),
					...extents.flatMap(([offset, length]) => [
						paxRecord("GNU.sparse.offset", `${offset}`),
						paxRecord("GNU.sparse.numbytes", `${length}`),
					]),
				]),
			},
			{ path: "sparse", body: data },
		],
		"pax 0.1": [
			{
				path: "GNUSparseFile.1/sparse",
				body: data,
				pax: {
					...name,
					"GNU.sparse.size": `${size}`,
					"GNU.sparse.numblocks": "3",
					"GNU.sparse.map": pairs.join(","),
				},
			},
		],
		"pax 1.0": [
			{
				path: "GNUSparseFile.1/sparse",
				body: Buffer.concat([mapText, Buffer.from(data)]),
				pax: { ...name, "GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": `${size}` },
			},
		],
	};

	test.each(Object.entries(forms))(
		"G sparse-formats.tar, L gtar_sparse_1_17*.tar: %s",
		async (_form, parts) => {
			for (const chunkSize of [undefined, 300]) {
				const [entry, next] = await readAll(tarball(...parts, { path: "next" }), {}, chunkSize);
				expect(entry).toMatchObject({ kind: "file", path: "sparse", size });
				expect(expand(entry!)).toBe(expected);
				expect(next).toMatchObject({ path: "next" });
			}
		},
	);

	test("G pax-nil-sparse-hole.tar, gnu-nil-sparse-hole.tar: nothing but a hole", async () => {
		const hole = tarball(
			{ path: "old", type: "S", magic: GNU, raw: oldSparse(1000, [[1000, 0]]) },
			{
				path: "new",
				body: Buffer.from("1\n1000\n0\n".padEnd(512, "\0")),
				pax: { "GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "1000" },
			},
		);
		expect((await readAll(hole)).map(expand)).toEqual(["\0".repeat(1000), "\0".repeat(1000)]);
	});

	test("old GNU: more than four extents", async () => {
		const first = [0, 10, 20, 30].map((at) => [at, 1] as const);
		const more = Buffer.alloc(512);
		[40, 50].forEach((at, i) => {
			more.write(`${at.toString(8).padStart(11, "0")}\x0000000000001\0`, i * 24);
		});
		const raw = { ...oldSparse(60, first), 482: "\x01" };
		const archive = tarball(
			{ path: "s", type: "S", magic: GNU, raw, size: 6 },
			more,
			Buffer.from("abcdef".padEnd(512, "\0")),
			{ path: "next" },
		);
		const [entry, next] = await readAll(archive);
		expect(expand(entry!).replaceAll("\0", "")).toBe("abcdef");
		expect(entry!.extents).toHaveLength(6);
		expect(next!.path).toBe("next");
	});

	test("L sparse_skip_entry.tar: bsdtar stored a byte more than its map claims", async () => {
		const archive = tarball(
			{ path: "a", body: "abcd", pax: { "GNU.sparse.size": "100", "GNU.sparse.map": "0,1,97,2" } },
			{ path: "next" },
		);
		const messages: string[] = [];
		const [entry, next] = await readAll(archive, { onWarning: (message) => messages.push(message) });
		expect(expand(entry!)).toBe(`a${"\0".repeat(96)}bc\0`);
		expect(next!.path).toBe("next");
		expect(messages).toEqual(["a at byte 1024: left out 1 bytes that no extent claims"]);
	});

	test("L sparse_skip_entry.tar: a hole of 10 GB costs nothing; a limit refuses it", async () => {
		const archive = tarball({
			path: "s",
			type: "S",
			magic: GNU,
			raw: { ...oldSparse(0, []), 483: base256(1e10, 12) },
		});
		expect(await readAll(archive)).toMatchObject([{ size: 1e10, extents: [] }]);
		await expect(readAll(archive, { maximumExpandedSize: 1e9 })).rejects.toMatchObject({
			code: "ERR_TAR_LIMIT",
		});
	});
});
