import { spawnSync } from "node:child_process";
import {
	chmodSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BytesError, bufferContent, utf8ByteString } from "../../../src/ground/bytes/index.js";
import {
	commitAll,
	DirectoryWriter,
	sweepTemporaryDirectories,
	TemporaryDirectory,
} from "../../../src/ground/files/index.js";
import { needs } from "../../support/needs.js";

let parent: string;

beforeEach(() => {
	parent = mkdtempSync(join(tmpdir(), "directory-"));
	mkdirSync(join(parent, "target"));
	writeFileSync(join(parent, "target/which"), "old");
});
afterEach(() => {
	spawnSync("chmod", ["-R", "u+rwx", parent]);
	rmSync(parent, { recursive: true });
});

function replace(): void {
	const writer = DirectoryWriter.create(join(parent, "target"));
	try {
		writer.writeFile("which", "new");
		writer.commit();
	} finally {
		writer.discard();
	}
}

function which(): string {
	return readFileSync(join(parent, "target/which"), "utf8");
}

/** Runs a script to its own SIGKILL; `rename` in it stands for the n-th that was reached. */
function killedAfterRenames(count: number): void {
	const index = new URL("../../../src/ground/files/index.js", import.meta.url).href;
	const script = `
		import fs from "node:fs";
		import { syncBuiltinESMExports } from "node:module";
		const rename = fs.renameSync;
		let left = ${count};
		fs.renameSync = (from, to) => {
			if (to.includes("/target/which") || to.includes("/new/")) return rename(from, to);
			if (left-- === 0) process.kill(process.pid, "SIGKILL");
			rename(from, to);
		};
		syncBuiltinESMExports();
		const { DirectoryWriter } = await import(${JSON.stringify(index)});
		const writer = DirectoryWriter.create(${JSON.stringify(join(parent, "target"))});
		writer.writeFile("which", "new");
		writer.commit();`;
	spawnSync(process.execPath, ["--input-type=module", "-e", script]);
}

test("replaces a directory, and leaves nothing beside it", () => {
	replace();
	expect([which(), readdirSync(parent)]).toEqual(["new", ["target"]]);
});

describe("a process killed", () => {
	test("before the old directory is moved: it is there", () => {
		killedAfterRenames(0);
		expect(which()).toBe("old");
	});

	test("between the two renames: the next that works here gives the old one back", () => {
		killedAfterRenames(1);
		expect(existsSync(join(parent, "target"))).toBe(false);
		sweepTemporaryDirectories(parent);
		expect([which(), readdirSync(parent)]).toEqual(["old", ["target"]]);
	});

	test("between the two renames: what has the name meanwhile is not touched", () => {
		killedAfterRenames(1);
		writeFileSync(join(parent, "target"), "somebody's");
		sweepTemporaryDirectories(parent);
		expect(readFileSync(join(parent, "target"), "utf8")).toBe("somebody's");
	});

	test("while it removes the old one: the new one is there, and the rest goes", () => {
		killedAfterRenames(1);
		mkdirSync(join(parent, "target"));
		writeFileSync(join(parent, "target/which"), "new");
		TemporaryDirectory.create(parent).remove();
		expect([which(), readdirSync(parent)]).toEqual(["new", ["target"]]);
	});
});

test("an old directory with unwritable directories goes as well", () => {
	mkdirSync(join(parent, "target/a/b"), { recursive: true });
	writeFileSync(join(parent, "target/a/b/file"), "");
	chmodSync(join(parent, "target/a/b"), 0o555);
	chmodSync(join(parent, "target/a"), 0o555);
	replace();
	expect([which(), readdirSync(parent)]).toEqual(["new", ["target"]]);
});

test("what cannot be removed is an error after all outputs are in place", async () => {
	const done: string[] = [];
	const left = new BytesError("ERR_FILE_LEFT", "target: commit: done, but");
	const outputs = [
		() => {
			throw left;
		},
		() => done.push("second"),
	].map((commit) => ({ commit: (): void => void commit() }));
	await expect(commitAll(outputs)).rejects.toBe(left);
	expect(done).toEqual(["second"]);
});

test("zeros of a file in a tree become holes", async () => {
	const bytes = Buffer.concat([Buffer.alloc(3 << 20), Buffer.from("end"), Buffer.alloc(5)]);
	const writer = DirectoryWriter.create(join(parent, "target"));
	const tree = writer.openTree("tree");
	const attributes = { mode: 0o600, uid: process.getuid!(), gid: process.getgid!(), mtime: 0 };
	await tree.writeFile(utf8ByteString("holes"), bufferContent(bytes), attributes);
	tree.finish();
	writer.commit();
	const path = join(parent, "target/tree/holes");
	expect(readFileSync(path).equals(bytes)).toBe(true);
	expect(statSync(path).blocks * 512).toBeLessThan(1 << 20);
});

needs("a plain user").test(
	"set-user-ID bits of a stranger's program are not given to this user's file",
	async () => {
		const writer = DirectoryWriter.create(join(parent, "target"));
		const tree = writer.openTree("tree");
		const attributes = { mode: 0o6755, uid: 0, gid: 0, mtime: 0 };
		tree.makeDirectory(utf8ByteString(""), attributes);
		await tree.writeFile(utf8ByteString("su"), { size: 0, read: () => {} }, attributes);
		tree.finish();
		writer.commit();
		expect(statSync(join(parent, "target/tree/su")).mode & 0o7777).toBe(0o755);
		expect(statSync(join(parent, "target/tree")).mode & 0o7777).toBe(0o755);
	},
);
