import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readEntries } from "../../../src/ground/tar/index.js";
import { chunked } from "../../support/chunks.js";
import { base256, END, GNU, longName, type TarHeader, tarball, tarPart } from "../../support/tar-builder.js";
import { acceptedArchives } from "../../support/tar-cases.js";
import { readAll } from "../../support/tar-entries.js";

type Part = TarHeader | Uint8Array;

async function warnings(archive: Uint8Array): Promise<string[]> {
	const messages: string[] = [];
	await readAll(archive, { onWarning: (message) => messages.push(message) });
	return messages;
}

describe("accepts", () => {
	test.each(acceptedArchives)("%s", async (_row, parts, expected) => {
		const archive = tarball(...parts);
		const entries = await readAll(archive);
		expect(entries.length).toBe(expected.length);
		expect(entries).toMatchObject(expected);
		expect(await readAll(archive, {}, 7)).toEqual(entries);
	});

	test("N parses.tar: 129 plain files", async () => {
		const parts = Array.from({ length: 129 }, (_, i) => ({ path: `file-${i}`, body: "x".repeat(i * 9) }));
		expect((await readAll(tarball(...parts))).map(({ size }) => size)).toEqual(
			parts.map(({ body }) => body.length),
		);
	});

	test("no-end-blocks, one-end-block, empty-layer", async () => {
		const member = tarPart({ path: "a", body: "x" });
		expect(await readAll(Buffer.from(member))).toHaveLength(1);
		expect(await readAll(Buffer.concat([member, Buffer.alloc(512)]))).toHaveLength(1);
		expect(await readAll(Buffer.from(END))).toEqual([]);
		expect(await readAll(Buffer.alloc(0))).toEqual([]);
	});

	test("L tar_concatenated.tar, data-after-end: what follows the end is read, not parsed", async () => {
		let given = 0;
		async function* source(): AsyncGenerator<Uint8Array> {
			for (const part of [tarball({ path: "file1" }), tarball({ path: "file2" }), Buffer.from("rubbish")]) {
				given += part.length;
				yield part;
			}
		}
		const paths: string[] = [];
		for await (const entry of readEntries(source())) paths.push(entry.path);
		expect(paths).toEqual(["file1"]);
		expect(given).toBe(2 * 1536 + 7);
	});

	test("L compat_star_acl_*.tar, acl_pax_*.tar: ACLs are ignored, with a warning", async () => {
		const archive = tarball({ path: "file", pax: { "SCHILY.acl.access": "user::rw-" } });
		expect(await warnings(archive)).toEqual(["file at byte 1024: ignored SCHILY.acl.access"]);
		expect(await readAll(archive)).toMatchObject([{ xattrs: {} }]);
	});

	test("L pax_negative_time.tar, mtime-negative, mtime-beyond-32: clamped, with a warning", async () => {
		const times = ["-2146608000", "-3600.5", "-0.5", "8589934592"];
		const archive = tarball(...times.map((mtime) => ({ path: "a", pax: { mtime } })), {
			path: "b",
			mtime: base256(-1, 12),
		});
		expect((await readAll(archive)).map(({ mtime }) => mtime)).toEqual([0, 0, 0, 2 ** 32 - 1, 0]);
		expect((await warnings(archive)).map((message) => message.replace(/.*mtime /, ""))).toEqual([
			"-2146608000 set to 0",
			"-3601 set to 0",
			"-1 set to 0",
			"8589934592 set to 4294967295",
			"-1 set to 0",
		]);
	});

	test("bodies may be left alone or read in part", async () => {
		const archive = tarball({ path: "a", body: "x".repeat(3000) }, { path: "b", body: "yy" }, { path: "c" });
		const paths: string[] = [];
		for await (const { path, body } of readEntries(chunked(archive, 100))) {
			paths.push(path);
			if (path === "a") for await (const _ of body) break;
		}
		expect(paths).toEqual(["a", "b", "c"]);
	});

	test("the source is closed when the reader stops early", async () => {
		let closed = false;
		async function* source(): AsyncGenerator<Uint8Array> {
			try {
				for (;;) yield tarPart({ path: "a" });
			} finally {
				closed = true;
			}
		}
		for await (const _ of readEntries(source())) break;
		expect(closed).toBe(true);
	});
});

test("any archive of files comes out as it went in, however it is cut", async () => {
	const member = fc.record({
		path: fc.stringMatching(/^[a-z\x80-\xff]{1,150}$/),
		body: fc.string({ maxLength: 2000, unit: "binary-ascii" }),
		mtime: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
		uid: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
		form: fc.constantFrom("pax", "gnu"),
	});
	await fc.assert(
		fc.asyncProperty(
			fc.array(member, { maxLength: 8 }),
			fc.integer({ min: 1, max: 3000 }),
			async (members, cut) => {
				const parts = members.flatMap(({ path, body, mtime, uid, form }): Part[] =>
					form === "pax"
						? [{ path: "x", body, pax: { path, mtime: `${mtime}`, uid: `${uid}` } }]
						: [
								longName(path),
								{ path: "x", body, mtime: base256(mtime, 12), uid: base256(uid, 8), magic: GNU },
							],
				);
				const entries = await readAll(tarball(...parts), {}, cut);
				const got = entries.map(({ path, data, mtime, uid }) => ({ path, body: data, mtime, uid }));
				expect(got).toEqual(members.map(({ form: _, ...rest }) => rest));
			},
		),
		{ numRuns: 60 },
	);
});

// A packed archive of a few kilobytes may have terabytes of zeros at its end.
test("what follows an archive is left alone where nobody asks for it", async () => {
	async function* chunks() {
		yield tarball({ path: "file", body: "x" });
		throw new Error("read on");
	}
	const names: string[] = [];
	for await (const { path } of readEntries(chunks(), { readsOn: false })) names.push(path);
	expect(names).toEqual(["file"]);
	const whole = async () => {
		for await (const _ of readEntries(chunks())) names.push("again");
	};
	await expect(whole()).rejects.toThrow("read on");
});
