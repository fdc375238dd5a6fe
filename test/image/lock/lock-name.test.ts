import { describe, expect, test } from "vitest";
import { type LockedImage, lockedName, lockKey } from "../../../src/image/lock/index.js";
import type { Digest } from "../../../src/image/oci/index.js";

const digest = (digit: string) => `sha256:${digit.repeat(64)}` as Digest;
const locked = (image: string): LockedImage => ({
	image,
	mediaType: "application/vnd.oci.image.index.v1+json",
	resolved: digest("1"),
	size: 1,
	platforms: new Map(),
	unknown: new Map(),
});

test("an image without a tag is locked under latest", () => {
	expect(lockKey("r.test/a", undefined)).toBe("r.test/a:latest");
});

describe("the name of a locked image", () => {
	test("may have another tag and digest, as bots write them", () => {
		const same = lockedName("r.test/a:1", locked(`r.test/a:1@${digest("1")}`), "lock");
		const other = lockedName("r.test/a:1", locked(`r.test/a:2@${digest("2")}`), "lock");
		expect([same.bumped, other.bumped]).toEqual([false, true]);
		expect(other).toMatchObject({ digest: digest("2"), reference: { tag: "2" } });
	});

	test.each([
		["another registry", `evil.test/a:1@${digest("1")}`, "expected the repository of its key"],
		["another repository", `r.test/b:1@${digest("1")}`, "expected the repository of its key"],
		["no digest", "r.test/a:1", "expected NAME:TAG@DIGEST"],
	])("has not %s", (_, image, message) => {
		expect(() => lockedName("r.test/a:1", locked(image), "lock")).toThrowError(
			expect.objectContaining({ code: "ERR_LOCK_STALE", message: expect.stringContaining(message) }),
		);
	});
});
