import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { needs } from "../support/needs.js";
import { BOTH_IMAGES, listImage, runAsPlainUser, TREE } from "../support/pretending-session.js";
import { PROGRAM } from "../support/program.js";

needs("squashfs-tools", "fakeroot").describe(
	"in a session of fakeroot (with squashfs-tools and GNU tar)",
	() => {
		let directory: string;

		beforeAll(() => {
			directory = mkdtempSync(join(tmpdir(), "session-"));
			runAsPlainUser(["fakeroot", "sh", "-ec", `${TREE}\n${BOTH_IMAGES}`], directory);
		});
		afterAll(() => rmSync(directory, { recursive: true, force: true }));

		test("a directory has the owners, modes and devices that mksquashfs sees there", () => {
			const listed = listImage(join(directory, "ours.squashfs"));
			expect(listed.some((line) => /^c.*0\/0 +1, *3/.test(line))).toBe(true);
			expect(listed).toEqual(listImage(join(directory, "theirs.squashfs")));
		});
	},
);

test("a session without a tar that can read it is refused, and says how", () => {
	const directory = mkdtempSync(join(tmpdir(), "session-"));
	try {
		writeFileSync(join(directory, "file"), "");
		const env = { PATH: "/nonexistent", HOME: directory, FAKEROOTKEY: "1" };
		const args = [PROGRAM, "mksquashfs", `dir:${directory}`, join(directory, "out"), "--no-cache"];
		const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
		expect(stderr).toMatch(/read by tar: .*expected GNU tar.*tar:FILE/s);
		expect(status).toBe(3);
	} finally {
		rmSync(directory, { recursive: true });
	}
});
