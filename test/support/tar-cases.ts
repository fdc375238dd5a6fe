import { base256, GNU, longName, paxHeader, type TarHeader, tarPart, V7 } from "./tar-builder.js";

type Part = TarHeader | Uint8Array;

const path = (bytes: number): string => "abcdefghi/".repeat(60).slice(0, bytes);

/** Rows of docs/formats/images.md#reading-tar that are accepted: members, and what their entries are like. */
export const acceptedArchives: readonly (readonly [
	row: string,
	parts: readonly Part[],
	expected: readonly object[],
])[] = [
	[
		"G ustar.tar: a prefix of 143 bytes",
		[
			{
				path: "file.txt",
				prefix: path(143),
				uid: 501,
				gid: 20,
				mode: 0o644,
				mtime: 1360135598,
				body: "hello\n",
			},
		],
		[{ path: `${path(143)}/file.txt`, uid: 501, gid: 20, mode: 0o644, mtime: 1360135598, data: "hello\n" }],
	],
	[
		"G v7.tar, S unknown-format.tar: no magic; what stands there is no prefix",
		[
			{ path: "small.txt", magic: V7, prefix: "x", uid: 73025, body: "Kilts" },
			{ path: "b", magic: "notustar", prefix: "x" },
		],
		[{ path: "small.txt", uid: 73025, data: "Kilts" }, { path: "b" }],
	],
	[
		"G star.tar: a prefix of 131 bytes, times behind it",
		[{ path: "a", prefix: "dir", raw: { 476: "12345671234\0", 508: "tar\0" } }],
		[{ path: "dir/a" }],
	],
	[
		"G gnu.tar, writer.tar: no prefix in a GNU header",
		[{ path: "small.txt", magic: GNU, raw: { 345: "12161235777\x0012161235777\0" }, mtime: 1244428340 }],
		[{ path: "small.txt", mtime: 1244428340 }],
	],
	[
		"G file-and-dir.tar, hardlink.tar, N links.tar",
		[
			{ path: "file.txt", body: "abc" },
			{ path: "dir/", type: "5", mode: 0o755 },
			{ path: "hard.txt", type: "1", link: "file.txt" },
			{ path: "soft", type: "2", link: "../file.txt", mode: 0o777 },
		],
		[
			{ kind: "file", data: "abc" },
			{ kind: "directory", path: "dir/", mode: 0o755 },
			{ kind: "hardlink", linkPath: "file.txt" },
			{ kind: "symlink", linkPath: "../file.txt" },
		],
	],
	[
		"G hdr-only.tar, P dirtype-with-size, L compat_tar_hardlink_1, _directory_1: sizes that are not data",
		["1", "2", "3", "4", "5", "6"].map((type) => ({ path: `t${type}`, type, link: "l", size: 5 })),
		["hardlink", "symlink", "character-device", "block-device", "directory", "fifo"].map((kind) => ({
			kind,
			size: 0,
			data: "",
		})),
	],
	[
		"G pax.tar, N long-linkname.tar: long path and target, nanoseconds",
		[
			{ path: "short", pax: { path: path(194), mtime: "1350244992.023960108" }, body: "shaun" },
			{
				path: "a/b",
				type: "2",
				link: "short",
				pax: { linkpath: path(198), mtime: "1350266320.910238425" },
			},
		],
		[
			{ path: path(194), mtime: 1350244992, data: "shaun" },
			{ kind: "symlink", linkPath: path(198), mtime: 1350266320 },
		],
	],
	[
		"G pax-records.tar: foreign keys say nothing",
		[{ path: "file", pax: { uname: "\xc3\xa9", comment: "x", "GOLANG.pkg": "y", charset: "z" } }],
		[{ path: "file", xattrs: {} }],
	],
	[
		"G xattrs.tar: a NUL at the end belongs to the value",
		[
			{
				path: "small.txt",
				pax: {
					"SCHILY.xattr.user.key": "value",
					"SCHILY.xattr.user.key2": "value2",
					"SCHILY.xattr.security.selinux": "unconfined_u:object_r:default_t:s0\0",
				},
			},
		],
		[
			{
				xattrs: {
					"user.key": "value",
					"user.key2": "value2",
					"security.selinux": "unconfined_u:object_r:default_t:s0\0",
				},
			},
		],
	],
	[
		"G pax-multi-hdrs.tar: the last pax header counts, alone",
		[paxHeader({ path: "first", mtime: "7" }), { path: "short", pax: { path: "last" } }],
		[{ path: "last", mtime: 0 }],
	],
	[
		"G gnu-multi-hdrs.tar: the last L and the last K count",
		[
			longName("l1"),
			longName("l2"),
			longName("k1", "K"),
			longName("k2", "K"),
			{ path: "s", type: "2", link: "t" },
		],
		[{ path: "l2", linkPath: "k2" }],
	],
	[
		"G pax-global-records.tar, N global-header.tar: g says nothing about entries",
		[
			paxHeader({ path: "global", mtime: "1500000000" }, "g"),
			{ path: "file1" },
			{ path: "file2", pax: { mtime: "5" } },
		],
		[
			{ path: "file1", mtime: 0 },
			{ path: "file2", mtime: 5 },
		],
	],
	[
		"G pax-pos-size-file.tar: the pax size wins, with leading zeros",
		[{ path: "foo", size: 0, pax: { size: "000000000000000999" }, body: "x".repeat(999) }, { path: "next" }],
		[{ size: 999, data: "x".repeat(999) }, { path: "next" }],
	],
	[
		"G gnu-long-nul.tar: a long name ends at its NUL",
		[longName("0123456789\0fail"), { path: "x" }],
		[{ path: "0123456789" }],
	],
	[
		"G gnu-utf8.tar, gnu-not-utf8.tar, S latin1.tar, L pax_filename_encoding.tar: bytes stay bytes",
		[
			longName("\xe2\x98\xba".repeat(54)),
			{ path: "x" },
			{ path: "\x80\x81\x82\x83" },
			{ path: "y", pax: { path: "caf\xe9", hdrcharset: "BINARY" } },
		],
		[{ path: "\xe2\x98\xba".repeat(54) }, { path: "\x80\x81\x82\x83" }, { path: "caf\xe9" }],
	],
	[
		"G trailing-slash.tar: a directory path of 300 bytes",
		[{ path: "x", type: "5", pax: { path: path(300) } }],
		[{ kind: "directory", path: path(300) }],
	],
	["G nil-uid.tar: empty fields are 0", [{ path: "a", uid: "", gid: "" }], [{ uid: 0, gid: 0 }]],
	[
		"G ustar-file-devs.tar: device numbers of a file, whatever they are",
		[{ path: "a", major: 1, minor: "rubbish!" }],
		[{ deviceMajor: 0, deviceMinor: 0 }],
	],
	[
		"G gnu-incremental.tar: a directory, its list of names is passed over",
		[{ path: "test2/", type: "D", magic: GNU, body: "Yfoo\0Nbar\0\0" }, { path: "next" }],
		[{ kind: "directory", size: 0, data: "" }, { path: "next" }],
	],
	[
		"G invalid-go17.tar: a prefix in a GNU header, where times cannot stand",
		[{ path: "f", magic: GNU, prefix: path(99), uid: base256(2097152, 8) }],
		[{ path: `${path(99)}/f`, uid: 2097152 }],
	],
	[
		"S base-256-size.tar, base-256-uid-gid.tar, L test_compat_gtar_2.tar",
		[
			{
				path: "a",
				size: base256(12, 12),
				uid: base256(116435139, 8),
				gid: base256(1876110778, 8),
				body: "hello world\n",
			},
		],
		[{ size: 12, uid: 116435139, gid: 1876110778, data: "hello world\n" }],
	],
	[
		"S space.tar, name-is-100.tar, N trailing-slash-corner-case.tar, null-byte.tar",
		[
			{ path: path(100), mode: "   644 \0", uid: "  1750 \0", mtime: " 7777\0" },
			{ path: `${path(99)}/`, type: "5" },
			{ path: "cut\0rest" },
		],
		[{ path: path(100), mode: 0o644, uid: 0o1750 }, { path: `${path(99)}/` }, { path: "cut" }],
	],
	[
		"N long-paths.tar, S gnu-long-path.tar: names of 99 to 256 bytes in all forms",
		[99, 100, 101, 155, 170, 256].flatMap((length) => [longName(path(length)), { path: "x" }]),
		[99, 100, 101, 155, 170, 256].map((length) => ({ path: path(length) })),
	],
	[
		"N emptypax.tar: a pax header without records",
		[paxHeader({}), { path: "a", body: "x" }],
		[{ path: "a", data: "x" }],
	],
	[
		"N body-byte-counts.tar: bodies around the block size",
		[0, 1, 511, 512, 513, 1024].map((size) => ({ path: `${size}`, body: "z".repeat(size) })),
		[0, 1, 511, 512, 513, 1024].map((size) => ({ size, data: "z".repeat(size) })),
	],
	[
		"N dir-normalization.tar: the order of entries is kept, names are not touched",
		[{ path: "n", type: "2", link: "." }, { path: "./n//./x/", type: "5" }, { path: "/n" }],
		[{ path: "n" }, { path: "./n//./x/" }, { path: "/n" }],
	],
	[
		"S types.tar, type-contiguous, type-nul, type-nul-trailing-slash",
		[
			{ path: "dir", type: "5" },
			{ path: "seven", type: "7", body: "x" },
			{ path: "old", type: "\0", magic: V7, body: "y" },
			{ path: "olddir/", type: "\0", magic: V7 },
		],
		[{ kind: "directory" }, { kind: "file", data: "x" }, { kind: "file", data: "y" }, { kind: "directory" }],
	],
	[
		"L test_leading_slash.tar, test_patterns_4.tar: names are the applier's matter",
		[{ path: "/foo" }, { path: "/../f" }, { path: "c:/f" }, { path: "/l", type: "1", link: "/foo" }],
		[{ path: "/foo" }, { path: "/../f" }, { path: "c:/f" }, { linkPath: "/foo" }],
	],
	[
		"L pax_xattr_header_all.tar, _libarchive.tar, rht_security_selinux.tar: three spellings, each attribute once",
		[
			{
				path: "file",
				pax: {
					"LIBARCHIVE.xattr.user.both": "d3Jvbmc",
					"SCHILY.xattr.user.both": "right",
					"LIBARCHIVE.xattr.user.%3D%25": "AAEC",
					"RHT.security.selinux": "ctx\0",
				},
			},
		],
		[{ xattrs: { "user.both": "right", "user.=%": "\x00\x01\x02", "security.selinux": "ctx\0" } }],
	],
	[
		"L timestamp_overflow.tar: a time in base-256",
		[{ path: "a", mtime: base256(1773585666, 12) }],
		[{ mtime: 1773585666 }],
	],
	[
		"L empty_with_gnulabel.tar, empty_pax.tar: nothing but a label and a global header",
		[{ path: "label", type: "V", magic: GNU }, paxHeader({ comment: "x" }, "g")],
		[],
	],
	[
		"L mac_metadata_1.tar, pax_sun_holesdata.tar: plain files",
		[
			{ path: "._file", body: "\0\x05\x16\x07" },
			{ path: "file", pax: { "SUN.holesdata": " 0 1" } },
		],
		[{ path: "._file" }, { path: "file" }],
	],
	[
		"P regtype-hpux-signed-chksum: a checksum over signed bytes",
		[{ path: "\xc4\xd6", checksum: signedSum({ path: "\xc4\xd6" }, 2) }],
		[{ path: "\xc4\xd6" }],
	],
	[
		"dev-nodes: the largest numbers",
		[
			{ path: "c", type: "3", major: 4095, minor: 1048575 },
			{ path: "b", type: "4", major: 8 },
		],
		[
			{ kind: "character-device", deviceMajor: 4095, deviceMinor: 1048575 },
			{ kind: "block-device", deviceMajor: 8, deviceMinor: 0 },
		],
	],
	[
		"mode-type-bits, mode-special",
		[
			{ path: "a", mode: 0o100640 },
			{ path: "b", mode: 0o7777 },
		],
		[{ mode: 0o640 }, { mode: 0o7777 }],
	],
	[
		"ids-large",
		[{ path: "a", gid: base256(4000000000, 8), pax: { uid: "4294967294" } }],
		[{ uid: 4294967294, gid: 4000000000 }],
	],
	[
		"mtime-fraction: floored, however many nines",
		[
			{ path: "a", pax: { mtime: "1234567890.9999999999999" } },
			{ path: "b", pax: { mtime: "3." } },
		],
		[{ mtime: 1234567890 }, { mtime: 3 }],
	],
	[
		"xattr-user-binary, xattr-equals-in-name: NUL, = and newline; an empty value takes the record back",
		[
			{
				path: "a",
				pax: { "SCHILY.xattr.user.a": "b=\0\n=", "SCHILY.xattr.user.empty": "" },
			},
		],
		[{ xattrs: { "user.a": "b=\0\n=" } }],
	],
];

function signedSum(header: TarHeader, highBytes: number): number {
	const block = tarPart(header);
	return Number.parseInt(Buffer.from(block.subarray(148, 155)).toString("latin1"), 8) - 256 * highBytes;
}
