import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TarError } from "../../../src/ground/tar/index.js";
import {
	type Bytes,
	base256,
	GNU,
	longName,
	oldSparse,
	paxHeader,
	type TarHeader,
	tarball,
	tarPart,
} from "../../support/tar-builder.js";
import { readAll } from "../../support/tar-entries.js";

type Part = TarHeader | Uint8Array;

describe("refuses", () => {
	const sparse = (pax: Record<string, string>, body: Bytes = ""): Part => ({ path: "s", pax, body });
	const one = { "GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "100" };
	const record = (text: string): Part => ({ path: "PaxHeader", type: "x", body: text });
	const after: Part = { path: "file" };
	const table: readonly (readonly [row: string, code: string, message: RegExp, parts: readonly Part[]])[] = [
		[
			"G pax-sparse-big.tar, of 60 GB: by a limit",
			"ERR_TAR_LIMIT",
			/60000000000/,
			[sparse({ "GNU.sparse.size": "60000000000", "GNU.sparse.map": "60000000000,0" })],
		],
		[
			"G gnu-sparse-big.tar, of 60 GB: by a limit",
			"ERR_TAR_LIMIT",
			/60000000000/,
			[{ path: "s", type: "S", magic: GNU, raw: { 483: base256(6e10, 12) } }],
		],
		[
			"a sparse file of less than nothing",
			"ERR_TAR_SPARSE",
			/size of the file: expected at least 0, got -5/,
			[{ path: "s", type: "S", magic: GNU, raw: { 483: base256(-5, 12) } }],
		],
		[
			"G writer-big.tar: 16 GiB that are not there",
			"ERR_TAR_TRUNCATED",
			/^f at byte 0: read: stream ends/,
			[{ path: "f", size: base256(2 ** 34, 12) }],
		],
		[
			"G pax-bad-hdr-file.tar, pax-bad-length: a wrong length",
			"ERR_TAR_PAX",
			/malformed/,
			[record("12 path=file\n"), after],
		],
		["a record of length 0", "ERR_TAR_PAX", /malformed/, [record("0 path=file\n"), after]],
		["a record without keyword", "ERR_TAR_PAX", /malformed keyword/, [record("5 =x\n"), after]],
		[
			"G pax-bad-mtime-file.tar, L pax_timestamps.tar",
			"ERR_TAR_PAX",
			/mtime: expected a number, got "999x"/,
			[{ path: "f", pax: { mtime: "999x" } }],
		],
		["G pax-nul-path.tar, pax-nul-in-path", "ERR_TAR_PAX", /NUL/, [{ path: "f", pax: { path: "a\0b" } }]],
		["G pax-nul-xattrs.tar", "ERR_TAR_PAX", /NUL/, [{ path: "f", pax: { "SCHILY.xattr.null\0": "x" } }]],
		["G pax-path-hdr.tar, pax-dangling", "ERR_TAR_PAX", /no entry follows/, [paxHeader({ path: "f" })]],
		["a long name and nothing behind", "ERR_TAR_PAX", /no entry follows/, [longName("f")]],
		[
			"G pax-bad-hdr-large.tar, L pax_large_attr.tar",
			"ERR_TAR_LIMIT",
			/at most 1048576/,
			[{ path: "x", type: "x", body: "0".repeat((1 << 20) + 1) }],
		],
		[
			"L pax_g_large.tar: a global header of 4 GiB",
			"ERR_TAR_LIMIT",
			/4294967296/,
			[{ path: "x", type: "g", size: base256(2 ** 32, 12) }],
		],
		[
			"a global header that is malformed",
			"ERR_TAR_PAX",
			/malformed/,
			[{ path: "x", type: "g", body: "rubbish" }, after],
		],
		[
			"G neg-size.tar: a negative size",
			"ERR_TAR_RANGE",
			/size: expected 0 to/,
			[{ path: "f", size: base256(-512, 12) }],
		],
		[
			"L tar_V_negative_size.tar",
			"ERR_TAR_RANGE",
			/size/,
			[{ path: "f", type: "V", size: base256(-512, 12) }],
		],
		[
			"G issue12435.tar, issue10968.tar: numbers beyond all bounds",
			"ERR_TAR_RANGE",
			/size/,
			[{ path: "f", size: base256(2n ** 80n, 12) }],
		],
		[
			"L invalid_pax_size.tar",
			"ERR_TAR_PAX",
			/size: expected a number/,
			[{ path: "f", pax: { size: "12k" } }],
		],
		["a negative pax size", "ERR_TAR_RANGE", /size/, [{ path: "f", pax: { size: "-1" } }]],
		[
			"P recursion.tar, G issue11169.tar: a pax header that is cut short",
			"ERR_TAR_TRUNCATED",
			/extension header/,
			[{ path: "x", type: "x", size: 4096, body: "" }],
		],
		[
			"N excessively-deep.tar: a path of 444,749 bytes",
			"ERR_TAR_LIMIT",
			/path: expected at most 4095 bytes, got 444749/,
			[{ path: "f", pax: { path: "a/".repeat(222374).concat("a") } }],
		],
		[
			"N bad-cksum.tar, bad-checksum: in the second header",
			"ERR_TAR_HEADER",
			/byte 512: read: checksum/,
			[{ path: "a" }, { path: "b", checksum: 1 }],
		],
		[
			"a checksum that is not a number",
			"ERR_TAR_HEADER",
			/checksum: expected an octal number/,
			[{ path: "b", checksum: "rubbish!" }],
		],
		[
			"N path-missing.tar, name-empty, L empty_filename.tar",
			"ERR_TAR_NAME",
			/without a name/,
			[{ path: "", type: "5" }],
		],
		[
			"N links-invalid.tar: a hard link without a target",
			"ERR_TAR_NAME",
			/^b at byte 512: .*hardlink without a target/,
			[{ path: "a" }, { path: "b", type: "1" }],
		],
		["symlink-empty-target", "ERR_TAR_NAME", /symlink without a target/, [{ path: "b", type: "2" }]],
		[
			"L compat_plexus_archiver_tar.tar: one zero block between entries",
			"ERR_TAR_HEADER",
			/lone zero block/,
			[{ path: "a" }, Buffer.alloc(512), { path: "b" }],
		],
		[
			"L compat_solaris_tar_acl.tar, type-unknown: type A",
			"ERR_TAR_TYPE",
			/unknown type "A"/,
			[{ path: "f", type: "A", body: "user::rwx" }],
		],
		["type-unknown: Z", "ERR_TAR_TYPE", /unknown type "Z"/, [{ path: "f", type: "Z" }]],
		["socket-type: s", "ERR_TAR_TYPE", /unknown type "s"/, [{ path: "f", type: "s" }]],
		[
			"L acl_oob_read.tar: the second header's records are broken",
			"ERR_TAR_PAX",
			/malformed/,
			[{ path: "a", pax: { comment: "x" } }, record("99 x=y\n"), after],
		],
		[
			"L pax_empty_val_no_nl.tar: a record without newline",
			"ERR_TAR_PAX",
			/malformed end/,
			[record("8 path=f"), after],
		],
		[
			"L sparse_1_17_posix10_modified.tar: a map of words",
			"ERR_TAR_SPARSE",
			/expected a number/,
			[sparse(one, "#!gnu-sparse\n".padEnd(512, "\0"))],
		],
		[
			"a 1.0 map beyond the body",
			"ERR_TAR_SPARSE",
			/longer than 512/,
			[sparse(one, "90\n0\n".padEnd(512, "1"))],
		],
		[
			"a map that goes backwards",
			"ERR_TAR_SPARSE",
			/out of place/,
			[sparse({ "GNU.sparse.size": "100", "GNU.sparse.map": "50,2,10,2" }, "abcd")],
		],
		[
			"a map beyond the size",
			"ERR_TAR_SPARSE",
			/out of place/,
			[sparse({ "GNU.sparse.size": "100", "GNU.sparse.map": "99,2" }, "ab")],
		],
		[
			"a map for more data than there is",
			"ERR_TAR_SPARSE",
			/expected 4 bytes of data, got 3/,
			[sparse({ "GNU.sparse.size": "100", "GNU.sparse.map": "9,4" }, "abc")],
		],
		[
			"a map of an odd count",
			"ERR_TAR_SPARSE",
			/odd/,
			[sparse({ "GNU.sparse.size": "100", "GNU.sparse.map": "9,2,3" }, "ab")],
		],
		["a map without a size", "ERR_TAR_SPARSE", /no size/, [sparse({ "GNU.sparse.map": "9,2" }, "ab")]],
		[
			"a map with the wrong count",
			"ERR_TAR_SPARSE",
			/expected 2 extents, got 1/,
			[sparse({ "GNU.sparse.size": "100", "GNU.sparse.numblocks": "2", "GNU.sparse.map": "9,2" }, "ab")],
		],
		[
			"a sparse version of the future",
			"ERR_TAR_SPARSE",
			/version 2.0/,
			[sparse({ "GNU.sparse.major": "2", "GNU.sparse.minor": "0" })],
		],
		[
			"an offset out of turn",
			"ERR_TAR_SPARSE",
			/out of turn/,
			[sparse({ "GNU.sparse.size": "1", "GNU.sparse.numbytes": "1" })],
		],
		[
			"libarchive's attribute that is not base64",
			"ERR_TAR_PAX",
			/base64/,
			[{ path: "f", pax: { "LIBARCHIVE.xattr.user.a": "!" } }],
		],
		[
			"ids-beyond-32",
			"ERR_TAR_RANGE",
			/uid: expected 0 to 4294967295, got 4294967296/,
			[{ path: "f", pax: { uid: "4294967296" } }],
		],
		[
			"ids-negative",
			"ERR_TAR_RANGE",
			/gid: expected 0 to 4294967295, got -1/,
			[{ path: "f", gid: base256(-1, 8) }],
		],
		[
			"device numbers beyond the kernel's",
			"ERR_TAR_RANGE",
			/device major/,
			[{ path: "f", type: "3", major: 4096 }],
		],
		[
			"a number that is none",
			"ERR_TAR_HEADER",
			/mode: expected an octal number/,
			[{ path: "f", mode: "0000888\0" }],
		],
	];

	test.each(table)("%s: %s", async (_row, code, message, parts) => {
		for (const chunkSize of [undefined, 13]) {
			const error: unknown = await readAll(tarball(...parts), {}, chunkSize).catch((cause: unknown) => cause);
			expect(error).toBeInstanceOf(TarError);
			expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
			expect((error as TarError).message).toMatch(/at byte \d+: read: /);
		}
	});

	test("S incomplete.tar, truncated-header, truncated-data: wherever the stream ends", async () => {
		const whole = tarPart({ path: "file", body: "x".repeat(600) });
		for (let length = 1; length < 512 + 600; length += 101) {
			const archive = Buffer.from(whole.subarray(0, length));
			await expect(readAll(archive)).rejects.toMatchObject({ code: "ERR_TAR_TRUNCATED" });
		}
		await expect(readAll(Buffer.from(whole.subarray(0, 512 + 599)))).rejects.toThrow("1 more bytes");
	});

	test("a link target that is too long, by its name", async () => {
		const archive = tarball({ path: "l", type: "2", pax: { linkpath: "x".repeat(5000) } });
		await expect(readAll(archive)).rejects.toThrow("link target: expected at most 4095 bytes, got 5000");
	});

	test("too many entries", async () => {
		const archive = tarball({ path: "a" }, { path: "b" }, { path: "c" });
		await expect(readAll(archive, { maximumEntries: 2 })).rejects.toThrow(
			/^c at byte 1024: read: archive: expected at most 2 entries, got 3$/,
		);
	});
});

// Field fault 6.3: umoci's insert writes such layers, and docker, podman and skopeo take them.
test.each([0, 1, 211])(
	"an archive that ends %i bytes after its last file, without padding, is whole",
	async (padding) => {
		const whole = tarPart({ path: "file", body: "x".repeat(600) });
		const warnings: string[] = [];
		const onWarning = (message: string): void => void warnings.push(message);
		const entries = await readAll(Buffer.from(whole.subarray(0, 512 + 600 + padding)), { onWarning });
		expect(entries).toHaveLength(1);
		const lacking = 424 - padding;
		expect(warnings).toEqual([
			`file at byte 0: the archive ends ${lacking} bytes before the end of its last block`,
		]);
	},
);

test("holes do not count towards the limit of all files together", async () => {
	const pax = { "GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "2000000" };
	const map = `1\n0\n3\n`.padEnd(512, "\0");
	const archive = tarball({ path: "s", pax, body: `${map}abc` });
	expect(await readAll(archive, { maximumTotalSize: 3 + 512 })).toHaveLength(1);
	await expect(readAll(archive, { maximumTotalSize: 2 })).rejects.toThrow("files together");
});

test("rubbish is refused by a TarError, never by a crash", async () => {
	const mutation = fc.tuple(fc.nat(2600), fc.nat(255));
	const archive = tarball(
		{ path: "file", pax: { "SCHILY.xattr.user.a": "b", mtime: "1.5", size: "3" }, body: "abc" },
		{ path: "s", type: "S", magic: GNU, body: "ab", raw: oldSparse(9, [[4, 2]]) },
	);
	await fc.assert(
		fc.asyncProperty(
			fc.array(mutation, { minLength: 1, maxLength: 4 }),
			fc.boolean(),
			async (mutations, fix) => {
				const broken = Buffer.from(archive);
				for (const [at, byte] of mutations) broken[at % broken.length] = byte;
				if (fix)
					for (let at = 0; at < broken.length; at += 512) repairChecksum(broken.subarray(at, at + 512));
				const error: unknown = await readAll(broken).then(
					() => undefined,
					(cause: unknown) => cause,
				);
				if (error !== undefined) expect(error).toBeInstanceOf(TarError);
			},
		),
		{ numRuns: 300 },
	);

	function repairChecksum(block: Buffer): void {
		if (block.toString("latin1", 257, 262) !== "ustar") return;
		block.fill(" ", 148, 156);
		block.write(
			block
				.reduce((sum, byte) => sum + byte, 0)
				.toString(8)
				.padStart(7, "0"),
			148,
			"latin1",
		);
	}
});
