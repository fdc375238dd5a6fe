import type { LayerCase } from "./layer-cases.js";
import { base256, GNU, longName, oldSparse, paxHeader, V7 } from "./tar-builder.js";
import { characterDevice, dir, fifo, file, symlink, xattr } from "./tar-members.js";

const capability = Buffer.from("0100000200200000000000000000000000000000", "hex").toString("latin1");

const deep = Array.from({ length: 60 }, (_, i) => `d${i}`);
export const names: readonly LayerCase[] = [
	[
		"name-dot-slash",
		[[dir("./a/"), file("a//c"), file("./a/./d")]],
		["a dir 755", 'a/c "" 644', 'a/d "" 644'],
	],
	["name-absolute", [[file("/a/b")]], ["a dir 755", 'a/b "" 644']],
	["symlink-escape-abs", [[symlink("s", "/")], [file("s/x")]], ["s -> /", 'x "" 644']],
	[
		"symlink-escape-rel",
		[[dir("d"), symlink("d/s", "../../..")], [file("d/s/x")]],
		["d dir 755", "d/s -> ../../..", 'x "" 644'],
	],
	[
		"symlink-dangling-parent",
		[[symlink("a", "/no/where")], [file("a/x")]],
		["a -> /no/where", "no dir 755", "no/where dir 755", 'no/where/x "" 644'],
	],
	[
		"a dangling parent with .. in it",
		[[symlink("a", "no/../b")], [file("a/x")]],
		["a -> no/../b", "b dir 755", 'b/x "" 644'],
	],
	[
		"symlink-any-target",
		[
			[
				symlink("a", "../../etc/shadow"),
				symlink("b", "/abs"),
				symlink("c", "new\nline"),
				symlink("d", "x", { pax: { linkpath: "t".repeat(3000) } }),
			],
		],
		["a -> ../../etc/shadow", "b -> /abs", "c -> new\\x0aline", `d -> ${"t".repeat(3000)}`],
	],
	["name-255", [[longName("n".repeat(255)), file("x")]], [`${"n".repeat(255)} "" 644`]],
	[
		"name-long-gnu",
		[[longName(`${"a".repeat(90)}/${"b".repeat(90)}`), file("x")]],
		[`${"a".repeat(90)} dir 755`, `${"a".repeat(90)}/${"b".repeat(90)} "" 644`],
	],
	[
		"name-deep",
		[[file("x", "", { pax: { path: `${deep.join("/")}/f` } })]],
		[...deep.map((_, i) => `${deep.slice(0, i + 1).join("/")} dir 755`), `${deep.join("/")}/f "" 644`],
	],
	[
		"name-non-utf8, -whiteout",
		[[file("caf\xe9"), file("\xff\xfe")], [file(".wh.caf\xe9")]],
		['\\xff\\xfe "" 644'],
	],
	[
		"name-controls, name-case-pair, name-nfc-nfd, name-backslash-drive",
		[
			["\n", "\x1b[0m", "-rf", "C:\\x", "Makefile", "e\xcc\x81", "makefile", "\xc3\xa9"].map((name) =>
				file(name),
			),
		],
		["\\x0a", "\\x1b[0m", "-rf", "C:\\x5cx", "Makefile", "e\u0301", "makefile", "\u00e9"].map(
			(name) => `${name} "" 644`,
		),
	],
];

export const attributes: readonly LayerCase[] = [
	[
		"ids-large",
		[
			[
				file("a", "", { uid: base256(2097152, 8), gid: base256(4000000000, 8) }),
				file("b", "", { pax: { uid: "4294967294" } }),
			],
		],
		['a "" 644 2097152:4000000000', 'b "" 644 4294967294:0'],
	],
	["mtime-fraction", [[file("a", "", { pax: { mtime: "1234567890.999999999" } })]], ['a "" 644 @1234567890']],
	[
		"mtime-negative, -beyond-32",
		[
			[
				file("a", "", { mtime: base256(-1, 12) }),
				file("b", "", { pax: { mtime: "-3600.5" } }),
				file("c", "", { mtime: base256(2 ** 33, 12) }),
			],
		],
		['a "" 644', 'b "" 644', 'c "" 644 @4294967295'],
	],
	[
		"mode-special",
		[[0o4755, 0o2755, 0o1777, 0o7777, 0].map((mode, i) => file(`${i}`, "", { mode }))],
		["4755", "2755", "1777", "7777", "0"].map((mode, i) => `${i} "" ${mode}`),
	],
	["mode-suid-kept-with-owner", [[file("a", "", { mode: 0o6755, uid: 10, gid: 20 })]], ['a "" 6755 10:20']],
	["mode-type-bits", [[file("a", "", { mode: 0o100640 })]], ['a "" 640']],
	[
		"xattr-cap, -kept-with-owner",
		[[file("a", "", { uid: 7, ...xattr("security.capability", capability) })]],
		[`a "" 644 7:0 security.capability=${JSON.stringify(capability)}`],
	],
	[
		"xattr-user-binary",
		[[file("a", "", { pax: { "SCHILY.xattr.user.k": "\0=\n", "SCHILY.xattr.user.e": "" } })]],
		[`a "" 644 user.k=${JSON.stringify("\0=\n")}`],
	],
	["xattr-equals-in-name", [[file("a", "", xattr("user.a", "b=v"))]], ['a "" 644 user.a="b=v"']],
	[
		"xattr-overlay",
		[
			[
				dir("a", 0o755, {
					pax: { "SCHILY.xattr.trusted.overlay.opaque": "y", "SCHILY.xattr.trusted.k": "v" },
				}),
			],
		],
		['a dir 755 trusted.k="v"'],
	],
	[
		"xattr-on-symlink",
		[[symlink("a", "t", { pax: { "SCHILY.xattr.trusted.k": "v", "SCHILY.xattr.user.k": "v" } })]],
		['a -> t trusted.k="v"'],
	],
	[
		"ACLs and foreign name spaces",
		[
			[
				file("a", "", {
					pax: { "SCHILY.xattr.system.posix_acl_access": "v", "SCHILY.xattr.com.apple.x": "v" },
				}),
			],
		],
		['a "" 644'],
	],
	[
		"dev-nodes",
		[
			[
				characterDevice("c", 1, 3),
				{ path: "b", type: "4", major: 8 },
				characterDevice("m", 4095, 1048575),
				fifo("p"),
			],
		],
		[
			"b block-device 8:0 644",
			"c character-device 1:3 644",
			"m character-device 4095:1048575 644",
			"p fifo 644",
		],
	],
	["dev-overlay-whiteout", [[file("a", "x"), file("b")], [characterDevice("a", 0, 0)]], ['b "" 644']],
	[
		"type-nul, type-nul-trailing-slash, type-contiguous",
		[
			[
				{ path: "a", type: "\0", body: "x", magic: V7 },
				{ path: "d/", type: "\0", mode: 0o700 },
				{ path: "c", type: "7", body: "y" },
			],
		],
		['a "x" 644', 'c "y" 644', "d dir 700"],
	],
	["dir-with-size", [[dir("a", 0o755, { size: 5 }), file("b", "b")]], ["a dir 755", 'b "b" 644']],
	[
		"sparse-pax10",
		[
			[
				file("s", Buffer.from(`${"1\n2\n3\n".padEnd(512, "\0")}abc`), {
					pax: { "GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "7" },
				}),
			],
		],
		[`s ${JSON.stringify("\0\0abc\0\0")} 644`],
	],
	[
		"sparse-gnu",
		[[{ path: "s", type: "S", magic: GNU, body: "ab", raw: oldSparse(4, [[1, 2]]) }]],
		[`s ${JSON.stringify("\0ab\0")} 644`],
	],
	["pax-size-wins", [[file("a", "12345", { size: 0, pax: { size: "5" } })]], ['a "12345" 644']],
	["pax-global", [[paxHeader({ mtime: "5", comment: "x" }, "g"), file("a")]], ['a "" 644']],
	["empty-layer", [[], []], []],
	["data-after-end", [[file("a"), Buffer.alloc(1024), file("b")]], ['a "" 644']],
];
