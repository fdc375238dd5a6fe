import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseInput, type RootfsInput } from "../../src/container/input.js";
import type { PinnedRootfs } from "../../src/container/ports.js";
import { readRootfsTree } from "../../src/container/rootfs-tree.js";
import { Spool } from "../../src/ground/files/index.js";
import { RunPlace } from "../support/memory-run.js";
import { tarball } from "../support/tar-builder.js";
import { file } from "../support/tar-members.js";

let place: RunPlace;
beforeEach(() => {
	place = new RunPlace();
});
afterEach(() => place.remove());

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const archive = (content: string) => tarball(file("etc/app", content));

/** Reads the root file system of an archive that a lock has, and returns the names at its top. */
async function read(pinned: PinnedRootfs): Promise<string[]> {
	const input = parseInput(`tar:${place.path("root.tar")}`, ["remote"]) as RootfsInput;
	const spool = Spool.create(place.path("tmp"));
	try {
		return await place.run(
			place.settings(() => undefined),
			async (run) => {
				const { root } = await readRootfsTree(run, { input, pinned }, spool, {});
				return [...root.entries.keys()];
			},
		);
	} finally {
		spool.close();
	}
}

test.each<[string, (bytes: Buffer) => Uint8Array]>([
	["as it is", (bytes) => bytes],
	["compressed", (bytes) => gzipSync(bytes)],
	["with more after its end", (bytes) => Buffer.concat([bytes, Buffer.alloc(100_000)])],
])("a locked archive is read %s", async (_, pack) => {
	const bytes = pack(archive("first"));
	writeFileSync(place.path("root.tar"), bytes);
	const content = { kind: "file", sha256: sha256(bytes), size: bytes.length } as const;
	expect(await read({ content })).toEqual(["etc"]);
});

test.each<[string, (bytes: Buffer) => Uint8Array]>([
	["as it is", (bytes) => bytes],
	["compressed", (bytes) => gzipSync(bytes, { level: 0 })],
])("a locked archive that changes after it was compared is refused: %s", async (_, pack) => {
	const [first, second] = ["first", "other"].map((content) => pack(archive(content)));
	writeFileSync(place.path("root.tar"), first!);
	const content = {
		kind: "file",
		size: first!.length,
		/** Whoever asks for it the first time has read the file: it changes then. */
		get sha256() {
			writeFileSync(place.path("root.tar"), second!);
			return sha256(first!);
		},
	} as const;
	const refusal = `expected what the lock has (file ${sha256(first!)}), got file ${sha256(second!)}`;
	await expect(read({ content })).rejects.toThrow(refusal);
});
