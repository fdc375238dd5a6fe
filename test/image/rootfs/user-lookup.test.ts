import { describe, expect, test } from "vitest";
import type { Inode } from "../../../src/image/rootfs/index.js";
import { lookUpUser } from "../../../src/image/rootfs/index.js";
import { directory, file, rootfs, symlink } from "../../support/inodes.js";

const PASSWD = "root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1001::/srv:/bin/false\n1234:x:7:8::/:\nbroken\n";
const GROUP = "root:x:0:\nweb:x:1001:\nvideo:x:44:web\n";

function lookUp(user: string, files: Readonly<Record<string, Inode>> = {}) {
	const etc = { passwd: file(Buffer.from(PASSWD)), group: file(Buffer.from(GROUP)), ...files };
	return lookUpUser(rootfs(directory({ etc: directory(etc) })), user);
}

describe("the numbers of an image's User", () => {
	test.each([
		["web", 1000, 1001],
		["web:video", 1000, 44],
		["web:5", 1000, 5],
		["1000", 1000, 1001],
		["1000:0", 1000, 0],
		["4000", 4000, 0],
		["4000:web", 4000, 1001],
		[":video", 0, 44],
		["root", 0, 0],
		// A name counts before a number does, as the file has it.
		["1234", 7, 8],
		["2147483647:2147483647", 2147483647, 2147483647],
	])("%s", (user, uid, gid) => expect(lookUp(user)).toEqual({ uid, gid }));

	test.each([
		["nobody", /User "nobody": look up: \/etc\/passwd of the image has no user "nobody", expected one/],
		["web:staff", /\/etc\/group of the image has no group "staff"/],
		["2147483648", /has no user "2147483648"/],
		["1000:99999999999", /has no group "99999999999"/],
		["broken", /has no user "broken"/],
	])("%s is refused", (user, message) => {
		expect(() => lookUp(user)).toThrow(
			expect.objectContaining({ code: "ERR_ROOTFS_USER", message: expect.stringMatching(message) }),
		);
	});

	test("are found through links that stay in the tree", () => {
		expect(
			lookUp("web", { passwd: symlink("/etc/users"), users: file(Buffer.from("web:x:5:6::/:\n")) }),
		).toEqual({
			uid: 5,
			gid: 6,
		});
	});

	test("need no file where they are numbers, and a file of a sane size", () => {
		expect(lookUpUser(rootfs(directory({})), "10:20")).toEqual({ uid: 10, gid: 20 });
		expect(() => lookUpUser(rootfs(directory({})), "web")).toThrow(/no user "web"/);
		const huge = file(Buffer.alloc((1 << 20) + 1));
		expect(() => lookUp("web", { passwd: huge })).toThrow(/at most 1048576 bytes, got 1048577/);
	});
});
