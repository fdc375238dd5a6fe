import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
	discardTemporaryDirectories,
	receiveTemporaryFile,
	sweepTemporaryDirectories,
	TemporaryDirectory,
} from "../../../src/ground/files/index.js";

let parent: string;

beforeEach(() => {
	parent = mkdtempSync(join(tmpdir(), "temporary-"));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

test("is private, and gone with what is in it", () => {
	const directory = TemporaryDirectory.create(join(parent, "made/too"));
	writeFileSync(join(directory.path, "file"), "");
	expect(statSync(directory.path).mode & 0o777).toBe(0o700);
	directory.remove();
	directory.remove();
	expect(existsSync(directory.path)).toBe(false);
});

test("all of a process go when it is interrupted", () => {
	TemporaryDirectory.create(parent);
	TemporaryDirectory.create(parent);
	expect(readdirSync(parent)).toHaveLength(2);
	discardTemporaryDirectories();
	expect(readdirSync(parent)).toEqual([]);
});

test("what a killed process left is removed by the next one, and nothing else", () => {
	const index = new URL("../../../src/ground/files/index.js", import.meta.url).href;
	const script = `
		const { TemporaryDirectory } = await import(${JSON.stringify(index)});
		TemporaryDirectory.create(${JSON.stringify(parent)});
		process.kill(process.pid, "SIGKILL");`;
	spawnSync(process.execPath, ["--input-type=module", "-e", script]);
	const kept = ["pvpkg.77-1234-0123456789ab.00", "pvpkg.mine", "other"];
	for (const name of kept) mkdirSync(join(parent, name));
	expect(readdirSync(parent)).toHaveLength(4);
	const mine = TemporaryDirectory.create(parent);
	const second = TemporaryDirectory.create(parent);
	expect(readdirSync(parent)).toHaveLength(5);
	expect(readdirSync(parent)).toEqual(expect.arrayContaining(kept));
	mine.remove();
	second.remove();
});

test("a place that cannot be is a typed error", () => {
	writeFileSync(join(parent, "file"), "");
	expect(() => TemporaryDirectory.create(join(parent, "file"))).toThrow(
		expect.objectContaining({ code: "ERR_FILE" }),
	);
});

test("a received stream has no name, and is read at any position", async () => {
	async function* chunks(): AsyncGenerator<Uint8Array> {
		yield Buffer.from("hello ");
		expect(readdirSync(parent)).toEqual([]);
		yield Buffer.from("world");
	}
	const content = await receiveTemporaryFile(chunks(), parent);
	const target = Buffer.alloc(5);
	content.read(target, 6);
	expect([content.size, target.toString()]).toEqual([11, "world"]);
	expect(() => content.read(target, 7)).toThrow(RangeError);
	content.close();
});

test("a stream that fails leaves nothing", async () => {
	// biome-ignore lint/correctness/useYield: it fails before it would
	async function* chunks(): AsyncGenerator<Uint8Array> {
		throw new Error("broken");
	}
	await expect(receiveTemporaryFile(chunks(), parent)).rejects.toThrow("broken");
	expect(readdirSync(parent)).toEqual([]);
});

test("what a process killed during a removal left goes with the next one, and is not given back", () => {
	const index = new URL("../../../src/ground/files/index.js", import.meta.url).href;
	// Each unlink and rmdir of the removal is reached, and is the last.
	for (let last = 0; last < 8; last++) {
		const script = `
			import fs from "node:fs";
			import { syncBuiltinESMExports } from "node:module";
			const { unlinkSync, rmdirSync } = fs;
			let left = ${last};
			const counted = (call) => (path) => {
				if (left-- === 0) process.kill(process.pid, "SIGKILL");
				call(path);
			};
			const { TemporaryDirectory } = await import(${JSON.stringify(index)});
			const directory = TemporaryDirectory.create(${JSON.stringify(parent)});
			fs.mkdirSync(directory.path + "/former/inner", { recursive: true });
			fs.writeFileSync(directory.path + "/former/inner/file", "");
			fs.symlinkSync("target", directory.path + "/former-name");
			fs.unlinkSync = counted(unlinkSync);
			fs.rmdirSync = counted(rmdirSync);
			syncBuiltinESMExports();
			directory.remove();`;
		spawnSync(process.execPath, ["--input-type=module", "-e", script]);
		sweepTemporaryDirectories(parent);
		const left = readdirSync(parent);
		// Before its first step the removal has not begun: all of the former directory is there.
		expect(left, `step ${last}`).toEqual(last === 0 ? ["target"] : []);
		rmSync(join(parent, "target"), { recursive: true, force: true });
	}
});
