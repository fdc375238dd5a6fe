// tar-stream, the usual reader and writer of Node, as an oracle; and why it is no more than that
// (docs/why-own-code.md).
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { extract, pack } from "tar-stream";
import { expect, test } from "vitest";
import { encodeArchiveHeader } from "../../../src/ground/tar/index.js";
import { packageBytes } from "../../support/gate.js";
import { makePackage, webPart } from "../../support/packages.js";
import { tarball } from "../../support/tar-builder.js";
import { readAll } from "../../support/tar-entries.js";

interface Member {
	readonly name: string;
	readonly body: Buffer;
}

/** Reads an archive with tar-stream. */
async function readWithTarStream(archive: Uint8Array): Promise<Member[]> {
	const reader = extract();
	reader.end(Buffer.from(archive));
	const members: Member[] = [];
	for await (const entry of reader) members.push({ name: entry.header.name, body: await buffer(entry) });
	return members;
}

/** Writes an archive with tar-stream. */
function writeWithTarStream(members: readonly Member[], mode = 0o644): Promise<Buffer> {
	const writer = pack();
	for (const { name, body } of members)
		writer.entry({ name, mode, mtime: new Date(0), uid: 0, gid: 0 }, body);
	writer.finalize();
	return buffer(writer);
}

test("reads our packages as we do", async () => {
	const made = makePackage(webPart());
	const members = await readWithTarStream(gunzipSync(await packageBytes(made)));
	const hashes = [...made.objects.keys()].sort();
	expect(members.map(({ name }) => name)).toEqual(["json", ...hashes.map((hash) => `objects/${hash}`)]);
	for (const { name, body } of members.slice(1)) {
		expect(body.length).toBe(made.objects.get(name.slice("objects/".length))!.size);
	}
});

test("archives that it writes are read by us as it wrote them", async () => {
	const name = fc.stringMatching(/^[a-z][a-z/]{0,40}[a-z]$/).filter((text) => !text.includes("//"));
	const body = fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes));
	const members = fc.uniqueArray(fc.record({ name, body }), { maxLength: 6, selector: (one) => one.name });
	await fc.assert(
		fc.asyncProperty(members, async (written) => {
			const read = await readAll(await writeWithTarStream(written));
			expect(read.map(({ path, size }) => [path, size])).toEqual(
				written.map((one) => [one.name, one.body.length]),
			);
		}),
		{ numRuns: 60 },
	);
});

test("cannot write the header bytes of pvr", async () => {
	const theirs = (await writeWithTarStream([{ name: "json", body: Buffer.from("{}") }], 0o600)).subarray(
		0,
		512,
	);
	const ours = encodeArchiveHeader({ name: "json", size: 2, mode: 0o600 });
	expect(theirs.toString("latin1", 100, 108)).toBe("000600 \0");
	expect(Buffer.from(ours).toString("latin1", 100, 108)).toBe("0000600\0");
	expect(theirs.toString("latin1", 124, 136)).toBe("00000000002 ");
	expect(Buffer.from(ours).toString("latin1", 124, 136)).toBe("00000000002\0");
});

test("cannot tell names apart whose bytes are not UTF-8", async () => {
	const archive = tarball({ path: "\xff", body: "1" }, { path: "\xfe", body: "2" });
	const [first, second] = await readWithTarStream(archive);
	expect(first!.name).toBe(second!.name);
	expect((await readAll(archive)).map(({ path }) => path)).toEqual(["\xff", "\xfe"]);
});
