import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bufferContent, type Content, contentBytes, PvpkgError } from "../../../src/ground/bytes/index.js";
import { encodeArchiveHeader } from "../../../src/ground/tar/index.js";
import {
	bytesObject,
	openPackage,
	readArchive,
	writeArchive,
} from "../../../src/pantavisor/package/index.js";
import { emptyState, encodeState, type State } from "../../../src/pantavisor/state/index.js";
import { verifyPackage } from "../../../src/verify/index.js";
import { FIELDS, tarMembers } from "../../support/field.js";
import { MemorySink } from "../../support/memory-sink.js";
import { fakeImage, makePackage, webPart } from "../../support/packages.js";
import { run } from "../../support/programs.js";

let directory: string;
beforeAll(() => {
	directory = mkdtempSync(join(tmpdir(), "pvpkg-archive-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

async function archive(state: State, objects: ReadonlyMap<string, Content>, gzip = true): Promise<Buffer> {
	const sink = new MemorySink();
	const summary = await writeArchive(state, objects, sink, { gzip });
	expect(summary.bytes).toBe(sink.bytes.length);
	expect(summary.sha256).toBe(createHash("sha256").update(sink.bytes).digest("hex"));
	return sink.bytes;
}

function file(bytes: Uint8Array): string {
	const path = join(directory, `${createHash("sha256").update(bytes).digest("hex").slice(0, 16)}.tgz`);
	writeFileSync(path, bytes);
	return path;
}

const options = () => ({ temporaryDirectory: directory });

// docs/formats/pvr.md#the-archive
describe("a package", () => {
	test("is json, then every object once in the order of their hashes", async () => {
		const image = fakeImage();
		const { state, objects } = makePackage(webPart(image), webPart(image, "twin"));
		const members = tarMembers(await archive(state, objects, false));
		const hashes = [...objects.keys()].sort().map((hash) => `objects/${hash}`);
		expect([...members.keys()]).toEqual(["json", ...hashes]);
		expect(members.get("json")!.toString()).toBe(encodeState(state));
		for (const [hash, content] of objects) {
			expect(members.get(`objects/${hash}`)!.equals(contentBytes(content))).toBe(true);
		}
	});

	test("has Go's headers", async () => {
		const bytes = await archive(emptyState(), new Map(), false);
		const text = encodeState(emptyState());
		expect(bytes.length).toBe(512 + 512 + 1024);
		expect(bytes.toString("latin1", 0, 4)).toBe("json");
		expect(bytes.toString("latin1", 100, 148)).toBe(
			`0000600\x000000000\x000000000\x00${text.length.toString(8).padStart(11, "0")}\x0000000000000\x00`,
		);
		expect(bytes.toString("latin1", 154, 157)).toBe("\0 0");
		expect(bytes.toString("latin1", 257, 265)).toBe("ustar\x0000");
		expect(bytes.toString("latin1", 329, 345)).toBe("0000000\x000000000\x00");
		const sum = bytes
			.subarray(0, 512)
			.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
		expect(Number.parseInt(bytes.toString("latin1", 148, 154), 8)).toBe(sum);
	});

	test("gzip has pvr's header, images are stored, the rest is deflated", async () => {
		const image = fakeImage(1 << 20, 1 << 19);
		const text = bytesObject(Buffer.from("text ".repeat(100_000)));
		const state = new Map([...makePackage(webPart(image)).state, ["web/text", text.sha256]]);
		const objects = new Map([...makePackage(webPart(image)).objects, [text.sha256, text]]);
		const bytes = await archive(state, objects);
		expect(bytes.subarray(0, 10).toString("hex")).toBe("1f8b08000000000000ff");
		expect(bytes.includes(Buffer.from(contentBytes(image)).subarray(0x1000, 0x2000))).toBe(true);
		expect(bytes.length).toBeLessThan(image.size + 20_000);
		expect(gunzipSync(bytes).equals(await archive(state, objects, false))).toBe(true);
		expect((await archive(state, objects)).equals(bytes)).toBe(true);
	});

	test("reports its progress up to the end", async () => {
		const { state, objects } = makePackage(webPart());
		const seen: [number, number][] = [];
		await writeArchive(state, objects, new MemorySink(), {
			onProgress: (done, total) => void seen.push([done, total]),
		});
		expect(seen.at(-1)![0]).toBe(seen.at(-1)![1]);
	});

	test("lacks nothing, or is not written", async () => {
		const { state } = makePackage(webPart());
		const sink = new MemorySink();
		await expect(writeArchive(state, new Map(), sink)).rejects.toThrow(
			/^web\/\S+: find object: expected object [0-9a-f]{64}, got none$/,
		);
		expect(sink.bytes.length).toBe(0);
		const huge = { size: 2 ** 33, read() {} };
		await expect(writeArchive(new Map([["a/b", "0".repeat(64)]]), { get: () => huge }, sink)).rejects.toThrow(
			/less than 8 GiB/,
		);
		expect(sink.bytes.length).toBe(0);
	});

	test("has objects whose bytes are what their names say", async () => {
		const wrong = { get: () => bufferContent(Buffer.from("x")) };
		await expect(
			writeArchive(new Map([["a/b", "0".repeat(64)]]), wrong, new MemorySink()),
		).rejects.toMatchObject({
			code: "ERR_OBJECT_HASH",
		});
	});

	test("read again is the same", async () => {
		const { state, objects } = makePackage(webPart());
		for (const gzip of [true, false]) {
			const opened = await readArchive(file(await archive(state, objects, gzip)), options());
			expect(encodeState(opened.state)).toBe(encodeState(state));
			expect(opened.findings).toEqual([]);
			for (const [hash, content] of objects) {
				expect(contentBytes(opened.objects.get(hash)!)).toEqual(contentBytes(content));
			}
			opened.close();
		}
	});

	test("is one that tar reads", async () => {
		const { state, objects } = makePackage(webPart());
		const listing = run("env", "TZ=UTC", "tar", "tvzf", file(await archive(state, objects)));
		expect(listing.split("\n")[0]).toMatch(/^-rw------- 0\/0 +\d+ 1970-01-01 00:00 json$/);
		expect(listing.match(/^-rw-r--r-- 0\/0 +\d+ 1970-01-01 00:00 objects\/[0-9a-f]{64}$/gm)).toHaveLength(
			objects.size,
		);
	});
});

describe.each(FIELDS)("packages from the field, $label", (field) => {
	test("signed.tgz, written again, has the bytes that pvr wrote", async () => {
		const opened = await readArchive(field.path("signed.tgz"), options());
		const bytes = await archive(opened.state, opened.objects, false);
		expect(bytes.equals(gunzipSync(field.read("signed.tgz")))).toBe(true);
		opened.close();
	});

	test("unsigned.tar, written again, differs in no member", async () => {
		const opened = await readArchive(field.path("unsigned.tar"), options());
		const bytes = await archive(opened.state, opened.objects, false);
		expect(tarMembers(bytes)).toEqual(tarMembers(field.read("unsigned.tar")));
		opened.close();
	});
});

// docs/formats/devices.md#the-importer
describe("what a device would stumble over", () => {
	const member = (name: string, body: string | Uint8Array = "", type = "0"): Buffer => {
		const header = encodeArchiveHeader({ name: name || "x", size: body.length, mode: 0o644 });
		if (name === "") header.fill(0, 0, 100);
		header.write(type, 156, "latin1");
		const padding = Buffer.alloc((512 - (body.length % 512)) % 512);
		return Buffer.concat([checksummed(header), Buffer.from(body), padding]);
	};
	const checksummed = (header: Buffer): Buffer => {
		header.write("        ", 148, "latin1");
		const sum = header.subarray(0, 512).reduce((total, byte) => total + byte, 0);
		header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
		return header;
	};
	const object = `objects/${"0".repeat(64)}`;
	/** An empty object whose header has other bytes at a place. */
	const headed = (at: number, text: string, sound = true): Buffer => {
		const header = member(object);
		header.write(text, at, "latin1");
		return sound ? checksummed(header) : header;
	};
	const json = member("json", encodeState(emptyState()));
	const end = Buffer.alloc(1024);

	test.each([
		["./json", [member("./json", encodeState(emptyState())), end], "PACKAGE_MEMBER_NAME"],
		["a directory", [json, member(object, "", "5"), end], "PACKAGE_MEMBER_KIND"],
		["a pipe", [json, member(object, "", "6"), end], "PACKAGE_MEMBER_KIND"],
		["a name taken for json", [json, member("js", "x"), end], "PACKAGE_MEMBER_NAME"],
		["a member without a name", [json, member("", "x"), end], "PACKAGE_MEMBER_NAME"],
		["another member", [json, member("README", "x"), end], "PACKAGE_MEMBER_NAME"],
		["a path out of the objects", [json, member("objects/../x", "x"), end], "PACKAGE_MEMBER_NAME"],
		["a hash in upper case", [json, member(`objects/${"A".repeat(64)}`, "x"), end], "PACKAGE_MEMBER_NAME"],
		["a second state", [json, json, end], "PACKAGE_STATE_TWICE"],
		["an object twice", [json, member(object, "x"), member(object, "y"), end], "PACKAGE_OBJECT_TWICE"],
		[
			"a global pax header",
			[member("json", "", "g"), json, end],
			"PACKAGE_MEMBER_KIND",
			"PACKAGE_STATE_TWICE",
		],
		["a size of twelve digits", [json, headed(124, "000000000010"), end], "PACKAGE_MEMBER_SIZE"],
		["a size in base 256", [json, headed(124, "\x80\0\0\0\0\0\0\0\0\0\0\x01"), end], "PACKAGE_MEMBER_SIZE"],
		["a name prefix", [json, headed(345, "dir"), end], "PACKAGE_MEMBER_HEADER"],
		["a link name", [json, headed(157, "json"), end], "PACKAGE_MEMBER_HEADER"],
		["GNU's magic", [json, headed(257, "ustar  \0"), end], "PACKAGE_MEMBER_HEADER"],
		["no magic", [json, headed(257, "\0".repeat(8)), end], "PACKAGE_MEMBER_HEADER"],
		["a wrong checksum", [json, headed(148, "000000\0 ", false), end], "PACKAGE_MEMBER_HEADER"],
		["bytes after the end", [json, end, Buffer.from("x")], "PACKAGE_TRAILING"],
		["an archive after the first", [json, end, json, end], "PACKAGE_TRAILING"],
		["a member after half an end", [json, end.subarray(512), json, end], "PACKAGE_TRAILING"],
		["no end", [json], "PACKAGE_END"],
		["half an end", [json, end.subarray(512)], "PACKAGE_END"],
	])("%s", async (_, blocks, ...codes) => {
		const bytes = Buffer.concat(blocks);
		for (const path of [file(bytes), file(gzipSync(bytes))]) {
			const opened = await openPackage(path, options());
			const found = opened.findings.map((finding) => [finding.severity, finding.code]);
			expect(found).toEqual(codes.map((code) => ["error", code]));
			opened.close();
			await expect(readArchive(path, options())).rejects.toMatchObject({ code: "ERR_PACKAGE_STRUCTURE" });
		}
	});

	test.each([
		["a second gzip member", gzipSync(Buffer.concat([json, end]))],
		["bytes that are not gzip member", Buffer.from("trailing")],
	])("%s after the first", async (_, rest) => {
		const path = file(Buffer.concat([gzipSync(Buffer.concat([json, end])), rest]));
		const opened = await openPackage(path, options());
		expect(opened.findings.map(({ code }) => code)).toEqual(["PACKAGE_TRAILING"]);
		opened.close();
	});

	test("fields that importers do not look at are free", async () => {
		const free = headed(100, "100644 \x00  501 \0   20 \0");
		free.write("someone", 265, "latin1");
		const path = file(Buffer.concat([json, checksummed(free), end]));
		const opened = await openPackage(path, options());
		expect(opened.findings).toEqual([]);
		opened.close();
	});

	test("what is stored in its gzip member is read where it lies", async () => {
		const image = fakeImage(1 << 20, 1 << 19);
		const { state, objects } = makePackage(webPart(image));
		const bytes = await archive(state, objects);
		const nowhere = { temporaryDirectory: file(Buffer.from("not a directory")) };
		const opened = await openPackage(file(bytes), nowhere);
		expect(Buffer.compare(contentBytes(opened.archive), gunzipSync(bytes))).toBe(0);
		for (const [sha256, content] of objects) {
			expect(Buffer.compare(contentBytes(opened.objects.get(sha256)!), contentBytes(content))).toBe(0);
		}
		opened.close();
		// Nothing else is: not with a wrong checksum, and not with something after its end.
		const wrong = Buffer.from(bytes);
		wrong[wrong.length - 8]! ^= 1;
		for (const other of [wrong, Buffer.concat([bytes, Buffer.from("x")])]) {
			await expect(openPackage(file(other), nowhere)).rejects.toMatchObject({ code: "ERR_FILE" });
		}
	});

	test("a package never unpacks to more than its limit", async () => {
		const large = Buffer.concat([json, member(object, Buffer.alloc(1 << 20)), end]);
		const path = file(gzipSync(large));
		(await openPackage(path, { ...options(), maximumUnpacked: large.length })).close();
		await expect(openPackage(path, { ...options(), maximumUnpacked: 1 << 20 })).rejects.toMatchObject({
			code: "ERR_PACKAGE_LIMIT",
			message: expect.stringMatching(/expected at most 1048576 \(raise it with --max-unpacked\)/),
		});
	});

	test.each([
		["no state", Buffer.concat([member("x", "x"), end]), /expected a member json, got none/],
		["nothing", Buffer.alloc(0), /expected a package, got a file that is not a tar archive/],
		["text", Buffer.from("hello"), /not a tar archive \(end of archive: is cut off/],
		["cut tar", json.subarray(0, 520), /expected a member json, got none \(end of archive: is cut off/],
		["cut gzip", gzipSync(Buffer.concat([json, end])).subarray(0, 60), /gunzip: unexpected end of file/],
		["damaged gzip", Buffer.concat([gzipSync(json).subarray(0, 20), Buffer.alloc(50, 0xff)]), /gunzip: /],
	])("%s is not a package", async (_, bytes, message) => {
		await expect(openPackage(file(bytes), options())).rejects.toThrow(message);
		await expect(openPackage(file(bytes), options())).rejects.toMatchObject({ code: "ERR_PACKAGE_FORMAT" });
	});

	test("a state that is not JSON says where", async () => {
		const path = file(Buffer.concat([member("json", '{"a":'), end]));
		await expect(openPackage(path, options())).rejects.toThrow(/json: parse JSON: line 1, column 6/);
	});

	test("wrong and missing objects are refused", async () => {
		const state = `{"#spec":"pantavisor-service-system@1","a/b":"${"0".repeat(64)}"}`;
		const wrong = Buffer.concat([member("json", state), member(`objects/${"0".repeat(64)}`, "x"), end]);
		await expect(readArchive(file(wrong), options())).rejects.toMatchObject({ code: "ERR_OBJECT_HASH" });
		const missing = Buffer.concat([member("json", state), end]);
		await expect(readArchive(file(missing), options())).rejects.toMatchObject({ code: "ERR_OBJECT_MISSING" });
	});
});

test("a damaged package is refused or read, and nothing else happens", async () => {
	const { state, objects } = makePackage(webPart(fakeImage(600, 500)));
	for (const whole of [await archive(state, objects, false), await archive(state, objects)]) {
		const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
		await fc.assert(
			fc.asyncProperty(damage, fc.option(fc.nat(whole.length)), async (edits, cut) => {
				const bytes = Buffer.from(whole);
				for (const [at, byte] of edits) bytes[at] = byte;
				try {
					const opened = await openPackage(file(bytes.subarray(0, cut ?? undefined)), options());
					await verifyPackage(opened);
					opened.close();
				} catch (error) {
					expect(error).toBeInstanceOf(PvpkgError);
				}
			}),
			{ numRuns: 150 },
		);
	}
});
