import { describe, expect, test } from "vitest";
import type { ImageLayer } from "../../../src/image/oci/index.js";
import type { FlattenOptions } from "../../../src/image/rootfs/index.js";
import {
	flattenArchives,
	flattenWarnings,
	memoryLayer,
	type TarParts,
	withTree,
} from "../../support/layers.js";
import { base256, longName, paxHeader, tarball } from "../../support/tar-builder.js";
import { characterDevice, dir, file, hardlink, symlink, xattr } from "../../support/tar-members.js";
import { listTree } from "../../support/tree-listing.js";

// docs/formats/images.md#applying-layers: one case per row, by its name; the base layer comes first.

const OPAQUE = ".wh..wh..opq";

describe("refuses", () => {
	const table: readonly (readonly [row: string, layers: readonly TarParts[], message: RegExp])[] = [
		["wh-empty-name", [[file("a")], [file(".wh.")]], /: \.wh\.: apply: whiteout without a name/],
		["wh-dot", [[file("a")], [file(".wh..")]], /whiteout without a name/],
		["wh-dotdot", [[file("a")], [file(".wh...")]], /whiteout without a name/],
		["wh-as-parent-dir", [[file("a")], [file(".wh.a/x")]], /below a whiteout/],
		[
			"parent-is-file-lower",
			[[file("a")], [file("a/b")]],
			/a\/b: apply: parent: expected a directory, got a file/,
		],
		["parent-is-file-same", [[file("a"), file("a/b")]], /expected a directory, got a file/],
		["hl-forward", [[hardlink("a", "b"), file("b")]], /a: apply: hard link to b, which is not there/],
		["hl-missing", [[hardlink("a", "no/where")]], /not there/],
		["hl-to-whited-out", [[file("a")], [file(".wh.a"), hardlink("b", "a")]], /not there/],
		["hl-to-dir", [[dir("d"), hardlink("a", "d")]], /hard link to the directory d/],
		["hl to the root", [[hardlink("a", "/")]], /hard link to the directory/],
		["hl-to-self", [[file("a")], [hardlink("a", "a")]], /hard link to itself/],
		["hl-dotdot", [[file("e/p"), hardlink("a", "../../e/p")]], /has a "\.\."/],
		["hl-escape", [[hardlink("a", "../../../etc/hostname")]], /has a "\.\."/],
		["name-dotdot-out", [[file("../evil")]], /has a "\.\."/],
		["name-dotdot-deep", [[dir("a"), file("a/../../evil")]], /has a "\.\."/],
		["name-abs-dotdot", [[file("/../evil")]], /has a "\.\."/],
		["name-dotdot-inside", [[dir("a"), file("a/../b")]], /has a "\.\."/],
		["name-is-dotdot", [[dir("..")]], /has a "\.\."/],
		["name-empty", [[file("")]], /without a name/],
		["root-as-symlink", [[symlink("./", "x")]], /root: expected a directory, got a symlink/],
		["root as a file", [[file(".", "x")]], /root: expected a directory, got a file/],
		[
			"symlink-loop-parent",
			[[symlink("a", "b"), symlink("b", "a")], [file("a/x")]],
			/too many levels of symlinks/,
		],
		[
			"symlinks that lead through more names than paths have",
			[
				[
					dir("d"),
					...[1, 2, 3, 4, 5].flatMap((at) => [
						longName(`${"./".repeat(2000)}${at === 5 ? "d" : `l${at + 1}`}`, "K"),
						symlink(`l${at}`, "x"),
					]),
				],
				[file("l1/x")],
			],
			/l1\/x: apply: path: expected at most 8192 names with those of symlinks, got more/,
		],
		["a whiteout below a loop", [[symlink("a", "a")], [file("a/.wh.x")]], /too many levels of symlinks/],
		["symlink-empty-target", [[symlink("a", "")]], /symlink without a target/],
		["name-256", [[longName("n".repeat(256)), file("x")]], /name: expected at most 255 bytes, got 256/],
		["ids-beyond-32", [[file("a", "", { uid: base256(2 ** 32, 8) })]], /uid: expected 0 to 4294967295/],
		["ids-negative", [[file("a", "", { uid: base256(-1, 8) })]], /uid: expected 0 to 4294967295, got -1/],
		["type-unknown", [[{ path: "a", type: "Z" }]], /unknown type "Z"/],
		["socket-type", [[{ path: "a", type: "s" }]], /unknown type "s"/],
		[
			"pax-bad-length",
			[[{ path: "x", type: "x", body: "9 a=b\n" }, file("a")]],
			/pax record at 0: malformed/,
		],
		["pax-nul-in-path", [[file("a", "", { pax: { path: "a\0b" } })]], /NUL in a name/],
		["bad-checksum", [[file("a", "", { checksum: 1 })]], /checksum: expected \d+, got 1/],
		["pax-dangling", [[paxHeader({ path: "a" })]], /no entry follows/],
	];

	test.each(table)("%s", async (_row, layers, message) => {
		const error: unknown = await flattenArchives(layers).catch((cause: unknown) => cause);
		expect(error).toMatchObject({
			name: "RootfsError",
			code: expect.stringMatching(/^ERR_LAYER_(ENTRY|TAR)$/),
			message: expect.stringMatching(message),
		});
		expect((error as Error).message).toMatch(/^layer sha256:[0-9a-f]{64}: /);
	});

	test("truncated-header, truncated-data", async () => {
		const archive = tarball(file("a", "x".repeat(600)));
		for (const length of [300, 700]) {
			const cut = memoryLayer(archive.subarray(0, length));
			await expect(withTree([cut], {}, listTree)).rejects.toMatchObject({
				code: "ERR_LAYER_TAR",
				cause: expect.objectContaining({ code: "ERR_TAR_TRUNCATED" }),
			});
		}
	});

	test("a tree that grows deeper through symlinks than any path", async () => {
		const chain = "d/".repeat(1500);
		const layers = [
			[file("x", "", { pax: { path: `${chain}f` } }), symlink("s", "x", { pax: { linkpath: chain } })],
			[file("x", "", { pax: { path: `s/${chain}f` } })],
		];
		await expect(flattenArchives(layers)).rejects.toThrow(/at most 2048 directories below each other/);
	});

	test("holes do not count towards the size a layer may have", async () => {
		const sparse = file("s", "", { pax: { "GNU.sparse.size": "60000", "GNU.sparse.map": "60000,0" } });
		const lines = await flattenArchives([[sparse]], { maximumSize: 50_000 });
		expect(lines).toHaveLength(2);
	});

	test("a failed layer does not wait for the next one's origin", async () => {
		let aborted = false;
		const silent: ImageLayer = {
			...memoryLayer(tarball()),
			async *open(signal) {
				await new Promise((resolve) => signal?.addEventListener("abort", resolve));
				aborted = true;
				yield new Uint8Array(0);
			},
		};
		const broken = memoryLayer(tarball(hardlink("a", "b")));
		await expect(withTree([broken, silent], {}, listTree)).rejects.toThrow(/not there/);
		expect(aborted).toBe(true);
	});

	test("an interrupted run stops between entries", async () => {
		const controller = new AbortController();
		const options: FlattenOptions = {
			signal: controller.signal,
			onContent: () => controller.abort(new Error("interrupted")),
		};
		const layers = [[file("a"), file("b")]];
		await expect(flattenArchives(layers, options)).rejects.toThrow("interrupted");
	});
});

describe("warns", () => {
	const table: readonly (readonly [row: string, layers: readonly TarParts[], expected: readonly string[]])[] =
		[
			[
				"dev-overlay-whiteout",
				[[file("a")], [characterDevice("a", 0, 0)]],
				["a: device 0:0 left out: below an overlay it is a whiteout"],
			],
			[
				"xattr-on-symlink",
				[[symlink("a", "t", xattr("user.k", "v"))]],
				["a: extended attribute user.k left out: a symlink cannot have it"],
			],
			[
				"ids-none",
				[[file("a", "", { uid: base256(2 ** 32 - 1, 8), gid: base256(2 ** 32 - 1, 8) })]],
				[
					"a: uid 4294967295 is kept, but is not an id to kernels",
					"a: gid 4294967295 is kept, but is not an id to kernels",
				],
			],
			["ids-last", [[file("a", "", { uid: base256(2 ** 32 - 2, 8) })]], []],
			["mtime-negative", [[file("a", "", { mtime: base256(-1, 12) })]], ["a at byte 0: mtime -1 set to 0"]],
			[
				"opq-root",
				[[file("a")], [file(OPAQUE)]],
				[".wh..wh..opq: opaque root: Docker's overlay2 ignores it"],
			],
			[
				"wh-through-symlink",
				[[dir("e"), symlink("l", "e")], [file("l/.wh.x")]],
				["l/.wh.x: whiteout through a symlink: Docker's overlay2 reads it otherwise"],
			],
			[
				"opq-through-symlink",
				[[dir("e"), file("e/f"), symlink("l", "e")], [file(`l/${OPAQUE}`)]],
				["l/.wh..wh..opq: opaque marker through a symlink: Docker's overlay2 keeps what it leads to"],
			],
			[
				"opq-through-symlink, then a directory in its place",
				[
					[dir("e"), file("e/f"), symlink("l", "e")],
					[file(`l/${OPAQUE}`), dir("l")],
				],
				["l/.wh..wh..opq: opaque marker through a symlink: Docker's overlay2 keeps what it leads to"],
			],
			[
				"xattr-empty-suffix",
				[[file("a", "", xattr("user.", "v"))]],
				["a: extended attribute user. left out: its name ends after the name space"],
			],
			[
				"xattr-overlay",
				[[dir("a", 0o755, xattr("trusted.overlay.opaque", "y"))]],
				[
					"a: extended attribute trusted.overlay.opaque left out: the device's overlayfs would take it for a mark of its own",
				],
			],
			...capabilityRows(),
			[
				"wh-then-recreate-dir",
				[
					[dir("a"), file("a/old")],
					[file(".wh.a"), dir("a")],
				],
				["a: directory made again beside its whiteout: Docker's overlay2 may show what was in it"],
			],
			[
				"hl-lower-layer",
				[[file("a")], [hardlink("b", "a")]],
				["b: hard link to a of a lower layer: Docker's overlay2 refuses it"],
			],
			[
				"nothing, for what is usual",
				[[dir("a"), file("a/b")], [dir("a"), file("a/.wh.b"), hardlink("a/d", "a/c")].slice(0, 2)],
				[],
			],
		];

	test.each(table)("%s", async (_row, layers, expected) => {
		expect(await flattenWarnings(layers)).toEqual(expected);
	});
});

// Field fault 6.1: kernels refuse to start a program whose capability they cannot read.
function capabilityRows(): [string, TarParts[], string[]][] {
	const left =
		"a: extended attribute security.capability left out: it is not a file capability, and no kernel would start the program";
	const row = (name: string, hex: string, kept: boolean): [string, TarParts[], string[]] => [
		`capability ${name}`,
		[[file("a", "", xattr("security.capability", Buffer.from(hex, "hex")))]],
		kept ? [] : [left],
	];
	return [
		row("of revision 1", `00000001${"00".repeat(8)}`, true),
		row("of revision 2", `01000002${"00".repeat(16)}`, true),
		row("of revision 3", `01000003${"00".repeat(20)}`, true),
		row("of revision 2 with the size of revision 3", `01000002${"00".repeat(20)}`, false),
		row("of revision 4", `01000004${"00".repeat(20)}`, false),
		row("of text", Buffer.from("x").toString("hex"), false),
	];
}
