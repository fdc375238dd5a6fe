import type { TarParts } from "./layers.js";
import { longName } from "./tar-builder.js";
import { characterDevice, dir, fifo, file, hardlink, symlink, xattr } from "./tar-members.js";

const OPAQUE = ".wh..wh..opq";

/** A row of docs/formats/images.md#applying-layers: its layers, base first, and the listing of what is below the root. */
export type LayerCase = readonly [row: string, layers: readonly TarParts[], expected: readonly string[]];

export const whiteouts: readonly LayerCase[] = [
	[
		"spec-example",
		[
			[dir("etc"), file("etc/conf", "1"), dir("bin"), file("bin/app", "a"), file("bin/tools", "t")],
			[
				dir("etc"),
				dir("etc/app.d"),
				file("etc/app.d/default", "d"),
				dir("bin"),
				file("bin/tools", "T"),
				file("etc/.wh.conf"),
			],
		],
		[
			"bin dir 755",
			'bin/app "a" 644',
			'bin/tools "T" 644',
			"etc dir 755",
			"etc/app.d dir 755",
			'etc/app.d/default "d" 644',
		],
	],
	["wh-dir-tree", [[dir("a"), dir("a/b"), file("a/b/c"), file("d")], [file(".wh.a")]], ['d "" 644']],
	[
		"wh-then-recreate-dir",
		[
			[dir("a"), file("a/old")],
			[file(".wh.a"), dir("a", 0o700), file("a/new")],
		],
		["a dir 700", 'a/new "" 644'],
	],
	[
		"wh-after-recreate-file",
		[
			[dir("a"), file("a/f", "old")],
			[file("a/f", "new"), file("a/.wh.f")],
		],
		["a dir 755", 'a/f "new" 644'],
	],
	[
		"wh-after-recreate-dir",
		[
			[dir("a"), file("a/old")],
			[file("a/new"), file(".wh.a")],
		],
		["a dir 755", 'a/new "" 644'],
	],
	[
		"wh-after-recreate-dir: the hidden directory's attributes are hidden too, as in the other order",
		[
			[dir("a", 0o700, { uid: 5, mtime: 9 }), dir("a/s", 0o711), file("a/s/old")],
			[file("a/s/new"), file(".wh.a")],
		],
		["a dir 755", "a/s dir 755", 'a/s/new "" 644'],
	],
	[
		"wh-after-recreate-dir, explicit",
		[
			[dir("a"), file("a/old")],
			[dir("a", 0o711), file(".wh.a")],
		],
		["a dir 711"],
	],
	["wh-missing", [[file("x")], [file(".wh.never"), file("no/.wh.thing")]], ['x "" 644']],
	[
		"wh-symlink-not-target",
		[[dir("etc"), file("etc/p"), symlink("le", "/etc")], [file(".wh.le")]],
		["etc dir 755", 'etc/p "" 644'],
	],
	[
		"wh-through-symlink",
		[[dir("etc"), file("etc/gone"), symlink("le", "/etc")], [file("le/.wh.gone")]],
		["etc dir 755", "le -> /etc"],
	],
	["wh-below-file", [[file("a", "x")], [file("a/.wh.b")]], ['a "x" 644']],
	["wh-nonempty", [[file("a")], [file(".wh.a", "content"), file("b", "b")]], ['b "b" 644']],
	["wh-as-directory", [[file("a")], [dir(".wh.a")]], []],
	[
		"a whiteout that is a hard link, as aufs made them",
		[[file("a")], [file(".wh..wh.aufs"), hardlink(".wh.a", ".wh..wh.aufs")]],
		[],
	],
	[
		"wh-aufs-metadata",
		[
			[file("a")],
			[file(".wh..wh.aufs"), dir(".wh..wh.plnk"), file(".wh..wh.plnk/1.2"), file("d/.wh..wh.orph")],
		],
		['a "" 644'],
	],
	["wh-across-three", [[file("a", "1")], [file(".wh.a")], [file("a", "3")]], ['a "3" 644']],
	["wh-case-exact", [[file("A"), file("a")], [file(".wh.a")]], ['A "" 644']],
	[
		"a name that ends in opq is a name",
		[[dir("d"), file("d/fooopq"), file("d/b")], [file("d/.wh.fooopq")]],
		["d dir 755", 'd/b "" 644'],
	],
	[
		"a whiteout of the longest name there is",
		[
			[longName("n".repeat(255)), file("x")],
			[longName(`.wh.${"n".repeat(255)}`), file("x")],
		],
		[],
	],
	[
		"opq-first",
		[
			[dir("a"), file("a/1"), dir("a/s"), file("a/s/2")],
			[dir("a", 0o750), file(`a/${OPAQUE}`), file("a/3")],
		],
		["a dir 750", 'a/3 "" 644'],
	],
	[
		"opq-last",
		[
			[dir("a"), file("a/1"), dir("a/s"), file("a/s/2")],
			[dir("a", 0o750), file("a/3"), file(`a/${OPAQUE}`)],
		],
		["a dir 750", 'a/3 "" 644'],
	],
	[
		"opq-no-dir-entry",
		[
			[dir("a", 0o711, { uid: 5 }), file("a/1")],
			[file(`a/${OPAQUE}`), file("a/2")],
		],
		["a dir 711 5:0", 'a/2 "" 644'],
	],
	[
		"opq-nested-spec",
		[
			[dir("a"), dir("a/b"), dir("a/b/c"), file("a/b/c/bar")],
			[dir("a"), dir("a/b"), dir("a/b/c"), file("a/b/c/foo"), file(`a/${OPAQUE}`)],
		],
		["a dir 755", "a/b dir 755", "a/b/c dir 755", 'a/b/c/foo "" 644'],
	],
	[
		"opq-implicit-parent",
		[[file("a/b/1")], [file("a/b/2"), file(`a/${OPAQUE}`)]],
		["a dir 755", "a/b dir 755", 'a/b/2 "" 644'],
	],
	[
		"opq-root",
		[
			[file("a"), file("b/c")],
			[file(OPAQUE), file("n")],
		],
		['n "" 644'],
	],
	[
		"opq-through-symlink",
		[
			[dir("etc"), file("etc/p"), symlink("le", "etc")],
			[file(`le/${OPAQUE}`), file("le/n")],
		],
		["etc dir 755", 'etc/n "" 644', "le -> etc"],
	],
	[
		"opaque and whiteout of one directory",
		[
			[dir("a", 0o700), file("a/1")],
			[file(`a/${OPAQUE}`), file(".wh.a")],
		],
		[],
	],
	[
		"hl-then-whiteout-target, and an opaque marker twice",
		[[file("d/a", "x")], [hardlink("d/b", "d/a"), file(`d/${OPAQUE}`), file(`d/${OPAQUE}`)]],
		["d dir 755", 'd/b "x" 644'],
	],
];

export const replacements: readonly LayerCase[] = [
	["file-to-dir", [[file("a", "x")], [dir("a"), file("a/b")]], ["a dir 755", 'a/b "" 644']],
	["dir-to-file", [[dir("a"), dir("a/b"), file("a/b/c")], [file("a", "x")]], ['a "x" 644']],
	[
		"dir-to-symlink",
		[[dir("t"), file("t/f"), dir("a"), file("a/b")], [symlink("a", "t")]],
		["a -> t", "t dir 755", 't/f "" 644'],
	],
	[
		"symlink-to-dir",
		[
			[dir("t"), file("t/f"), symlink("a", "t")],
			[dir("a", 0o700), file("a/n")],
		],
		["a dir 700", 'a/n "" 644', "t dir 755", 't/f "" 644'],
	],
	["symlink-to-file", [[file("t", "t"), symlink("a", "t")], [file("a", "x")]], ['a "x" 644', 't "t" 644']],
	["file-to-symlink", [[file("t", "t"), file("a", "x")], [symlink("a", "t")]], ["a -> t", 't "t" 644']],
	["file-to-fifo", [[file("a", "x")], [fifo("a", { mode: 0o600 })]], ["a fifo 600"]],
	[
		"dir-update-keeps-children",
		[[dir("a"), file("a/b")], [dir("a", 0o1777, { uid: 1, gid: 2, mtime: 3 })]],
		["a dir 1777 1:2 @3", 'a/b "" 644'],
	],
	[
		"dir-entry-after-children",
		[[file("a/b"), dir("a", 0o755, { mtime: 9 })]],
		["a dir 755 @9", 'a/b "" 644'],
	],
	[
		"dir-mtime-survives-later-child",
		[[dir("a", 0o755, { mtime: 9 })], [file("a/c")]],
		["a dir 755 @9", 'a/c "" 644'],
	],
	["dup-in-layer", [[file("a", "1"), file("a", "2")]], ['a "2" 644']],
	[
		"file-replaced-drops-old-attrs",
		[[file("a", "1", { mode: 0o4755, uid: 3, ...xattr("user.k", "v") })], [file("a", "2")]],
		['a "2" 644'],
	],
	["dir-replaced-drops-old-xattr", [[dir("a", 0o755, xattr("user.k", "v"))], [dir("a")]], ["a dir 755"]],
	["missing-parents", [[file("x/y/z", "z")]], ["x dir 755", "x/y dir 755", 'x/y/z "z" 644']],
	[
		"usrmerge-file-below-symlink",
		[[dir("usr"), dir("usr/bin"), symlink("bin", "usr/bin")], [file("bin/b")]],
		["bin -> usr/bin", "usr dir 755", "usr/bin dir 755", 'usr/bin/b "" 644'],
	],
	[
		"usrmerge-dir-over-symlink",
		[
			[dir("usr"), dir("usr/bin"), symlink("bin", "usr/bin")],
			[dir("bin"), file("bin/b")],
		],
		["bin dir 755", 'bin/b "" 644', "usr dir 755", "usr/bin dir 755"],
	],
];

export const hardlinks: readonly LayerCase[] = [
	["hl-same-layer", [[file("a", "x"), hardlink("b", "a")]], ['a "x" 644', "b = a"]],
	[
		"hl-chain",
		[
			[file("a", "x"), hardlink("b", "a")],
			[hardlink("c", "b"), hardlink("d", "c")],
		],
		['a "x" 644', "b = a", "c = a", "d = a"],
	],
	["hl-lower-layer", [[file("a", "x")], [hardlink("b", "a")]], ['a "x" 644', "b = a"]],
	["hl-then-whiteout-target", [[file("a", "x")], [hardlink("b", "a"), file(".wh.a")]], ['b "x" 644']],
	[
		"hl-opaque-target",
		[
			[dir("a"), file("a/1", "x")],
			[hardlink("z/l", "a/1"), file(`a/${OPAQUE}`)],
		],
		["a dir 755", "z dir 755", 'z/l "x" 644'],
	],
	[
		"hl-break-one",
		[[file("a", "x"), hardlink("b", "a"), hardlink("c", "a")], [file("b", "new")]],
		['a "x" 644', 'b "new" 644', "c = a"],
	],
	[
		"hl-break-first",
		[[file("a", "x"), hardlink("b", "a"), hardlink("c", "a")], [file(".wh.a")]],
		['b "x" 644', "c = b"],
	],
	["hl-to-symlink", [[symlink("s", "t"), hardlink("b", "s")]], ["b -> t", "s = b"]],
	[
		"hl-absolute",
		[[dir("e"), file("e/p", "x"), hardlink("l", "/e/p")]],
		["e dir 755", 'e/p "x" 644', "l = e/p"],
	],
	[
		"hl-via-symlink-parent",
		[[file("e/p", "x"), symlink("s", "/e"), hardlink("l", "s/p")]],
		["e dir 755", 'e/p "x" 644', "l = e/p", "s -> /e"],
	],
	[
		"hl-via-escaping-symlink",
		[[file("e/p", "x"), symlink("s", "../../../e"), hardlink("l", "s/p")]],
		["e dir 755", 'e/p "x" 644', "l = e/p", "s -> ../../../e"],
	],
	[
		"hl-own-attrs",
		[[file("a", "x", { mode: 0o600, uid: 1 }), hardlink("b", "a", { mode: 0o777, uid: 2, mtime: 3 })]],
		['a "x" 600 1:0', "b = a"],
	],
	[
		"hl-with-size-no-data",
		[[file("a", "x"), hardlink("b", "a", { size: 5 }), file("c", "c")]],
		['a "x" 644', "b = a", 'c "c" 644'],
	],
	["hl-to-fifo", [[fifo("a", { mode: 0o600 }), hardlink("b", "a")]], ["a fifo 600", "b = a"]],
	[
		"hl-to-device",
		[[characterDevice("a", 1, 3, { mode: 0o666 })], [hardlink("b", "a")]],
		["a character-device 1:3 666", "b = a"],
	],
];
