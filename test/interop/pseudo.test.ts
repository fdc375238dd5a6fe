import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { needs } from "../support/needs.js";
import { BOTH_IMAGES, listImage, runAsPlainUser, TREE } from "../support/pretending-session.js";

needs("squashfs-tools", "pseudo").describe("in a session of pseudo (with squashfs-tools and GNU tar)", () => {
	let directory: string;

	beforeAll(() => {
		directory = mkdtempSync(join(tmpdir(), "session-"));
		runAsPlainUser(["pseudo", "sh", "-ec", `${TREE}\n${BOTH_IMAGES}`], directory, {
			PSEUDO_PREFIX: "/usr",
			PSEUDO_LOCALSTATEDIR: join(directory, "pseudo"),
		});
	});
	afterAll(() => rmSync(directory, { recursive: true, force: true }));

	test("a directory has the owners, modes and devices that mksquashfs sees there", () => {
		const listed = listImage(join(directory, "ours.squashfs"));
		expect(listed.some((line) => /^c.*0\/0 +1, *3/.test(line))).toBe(true);
		expect(listed).toEqual(listImage(join(directory, "theirs.squashfs")));
	});
});
