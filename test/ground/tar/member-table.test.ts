import { describe, expect, test } from "vitest";
import { bufferContent, contentBytes } from "../../../src/ground/bytes/index.js";
import { contentSlice } from "../../../src/ground/files/index.js";
import { readMemberTable, type TarMember } from "../../../src/ground/tar/index.js";
import { base256, GNU, longName, oldSparse, paxHeader, tarball, tarPart } from "../../support/tar-builder.js";

function table(archive: Uint8Array, maximumMembers?: number): TarMember[] {
	return readMemberTable(bufferContent(archive), { maximumMembers });
}

describe("a table of members", () => {
	test("says where the data is, whatever the header's form", () => {
		const archive = tarball(
			{ path: "d/", type: "5", size: 77 },
			{ path: "d/plain", body: "one" },
			longName(`d/${"l".repeat(120)}`),
			{ path: "cut", magic: GNU, body: "two" },
			{ path: "cut", pax: { path: `d/${"p".repeat(120)}`, size: "5" }, body: "three", size: 0 },
			paxHeader({ path: "not applied" }, "g"),
			{ path: "huge", size: base256(4, 12), body: "four" },
			{ path: "link", type: "2", link: "d/plain" },
			{ path: "hard", type: "1", link: "d/plain", size: 9 },
		);
		const members = table(archive);
		const content = bufferContent(archive);
		const bodies = members.map(({ position, size }) =>
			Buffer.from(contentBytes(contentSlice(content, position, size))).toString(),
		);
		expect(members.map(({ path }) => path.slice(0, 8))).toEqual([
			"d/",
			"d/plain",
			"d/llllll",
			"d/pppppp",
			"huge",
			"link",
			"hard",
		]);
		expect(bodies).toEqual(["", "one", "two", "three", "four", "", ""]);
		expect(members.at(-2)).toMatchObject({ kind: "symlink", linkPath: "d/plain" });
		expect(members.at(-1)).toMatchObject({ kind: "hardlink", linkPath: "d/plain" });
	});

	test("ends with the archive, with or without end blocks", () => {
		expect(table(Buffer.alloc(0))).toEqual([]);
		expect(table(Buffer.alloc(1024))).toEqual([]);
		expect(table(Buffer.from(tarPart({ path: "a", body: "x" })))).toHaveLength(1);
		expect(table(Buffer.concat([tarball({ path: "a" }), tarPart({ path: "behind" })]))).toHaveLength(1);
	});

	test.each([
		["ERR_TAR_TRUNCATED", tarball({ path: "a", body: "x".repeat(600) }).subarray(0, 1100)],
		["ERR_TAR_TRUNCATED", tarball({ path: "a", body: "x" }).subarray(0, 700)],
		["ERR_TAR_TRUNCATED", tarball({ path: "a" }).subarray(0, 200)],
		["ERR_TAR_TRUNCATED", tarball({ path: "a", size: 2 ** 33 - 1 })],
		["ERR_TAR_TRUNCATED", tarball({ path: "x", type: "x", size: 5000 })],
		["ERR_TAR_LIMIT", tarball({ path: "x", type: "x", size: 2 ** 30 })],
		["ERR_TAR_PAX", Buffer.from(tarPart(paxHeader({ path: "a" })))],
		["ERR_TAR_HEADER", tarball({ path: "a", checksum: 1 })],
		["ERR_TAR_RANGE", tarball({ path: "a", size: base256(-1, 12) })],
		["ERR_TAR_TYPE", tarball({ path: "a", type: "Z" })],
		[
			"ERR_TAR_SPARSE",
			tarball({ path: "a", type: "S", magic: GNU, raw: oldSparse(100, [[0, 10]]), body: "x".repeat(10) }),
		],
		["ERR_TAR_SPARSE", tarball({ path: "a", pax: { "GNU.sparse.major": "1", "GNU.sparse.minor": "0" } })],
	])("%s: %#", (code, archive) => {
		expect(() => table(archive)).toThrow(expect.objectContaining({ code }));
	});

	test("is limited", () => {
		const archive = tarball({ path: "a" }, { path: "b" }, { path: "c" });
		expect(table(archive, 3)).toHaveLength(3);
		expect(() => table(archive, 2)).toThrow(expect.objectContaining({ code: "ERR_TAR_LIMIT" }));
	});
});
