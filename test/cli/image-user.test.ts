import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Workplace } from "../support/command-line.js";
import { tarball } from "../support/tar-builder.js";
import { dir, file } from "../support/tar-members.js";

// A container starts as root unless lxc.container.conf says otherwise.

const PASSWD = "root:x:0:0::/:/bin/sh\nweb:x:1000:1001::/srv:/bin/sh\n";
const GROUP = "root:x:0:\nweb:x:1001:\nvideo:x:44:\n";

let place: Workplace;
beforeEach(() => {
	place = new Workplace();
	const members = [
		dir("bin/"),
		file("bin/app", "#!/bin/sh\n", { mode: 0o755 }),
		dir("etc/"),
		file("etc/passwd", PASSWD),
		file("etc/group", GROUP),
	];
	writeFileSync(place.path("rootfs.tar"), tarball(...members));
});
afterEach(() => place.remove());

async function exported(user: string, ...more: string[]) {
	const config = ["--config", "Entrypoint=/bin/app", "--config", `User=${user}`];
	const result = await place.run([
		"export",
		"tar:rootfs.tar",
		"app",
		"-p",
		"linux/amd64",
		"-o",
		"app.tgz",
		...config,
		...more,
	]);
	if (result.code !== 0) return { ...result, lines: [] };
	await place.run(["checkout", "app.tgz", "out", "--force"]);
	const conf = readFileSync(place.path("out/app/lxc.container.conf"), "utf8");
	return { ...result, lines: conf.split("\n").filter((line) => /^lxc\.(init\.[ug]id|signal)/.test(line)) };
}

describe("the image's User", () => {
	test("is warned of where it is left out, as pvr leaves it out", async () => {
		const { lines, stderr } = await exported("web");
		expect(lines).toEqual([]);
		expect(stderr).toContain("User web: not carried over: the program runs as root");
	});

	test.each([
		["web", 1000, 1001],
		["web:video", 1000, 44],
		["1000", 1000, 1001],
		["7:8", 7, 8],
	])("%s is looked up in the files of the image, when it is asked for", async (user, uid, gid) => {
		const { lines, stderr } = await exported(user, "--arg", "PVPKG_IMAGE_USER=1");
		expect(lines).toEqual([`lxc.init.uid = ${uid}`, `lxc.init.gid = ${gid}`]);
		expect(stderr).not.toContain("not carried over");
	});

	test("is looked up in what lies over the image, where that has users", async () => {
		mkdirSync(place.path("over/etc"), { recursive: true });
		writeFileSync(place.path("over/etc/passwd"), "web:x:50:60::/:\n");
		const { lines } = await exported("web", "--arg", "PVPKG_IMAGE_USER=1", "--overlay", "over");
		expect(lines).toEqual(["lxc.init.uid = 50", "lxc.init.gid = 60"]);
	});

	test("that the image does not have is refused", async () => {
		const { code, stderr } = await exported("db", "--arg", "PVPKG_IMAGE_USER=1");
		expect([code, stderr]).toEqual([3, expect.stringContaining('/etc/passwd of the image has no user "db"')]);
	});

	test("is remembered by src.json: build carries it over, from the cache too", async () => {
		const config = ["--config", "Entrypoint=/bin/app", "--config", "User=web"];
		const args = ["--arg", "PVPKG_IMAGE_USER=1", ...config];
		const installed = await place.run(["install", "-p", "linux/amd64", "tar:rootfs.tar", "app", ...args]);
		expect(installed).toMatchObject({ code: 0 });
		for (const _ of ["made", "found"]) {
			const built = await place.run(["build", "--build-version", "1"]);
			expect(built, built.stderr).toMatchObject({ code: 0 });
			const conf = readFileSync(place.path("releases/amd64/app/lxc.container.conf"), "utf8");
			expect(conf).toContain("lxc.init.uid = 1000\nlxc.init.gid = 1001\n");
		}
	});

	test("is looked up by render and explain in the images that lie beside src.json", async () => {
		await exported("web:video", "--arg", "PVPKG_IMAGE_USER=1");
		const rendered = await place.run(["render", "out/app/src.json"]);
		expect([rendered.code, rendered.stdout]).toEqual([
			0,
			expect.stringContaining("lxc.init.uid = 1000\nlxc.init.gid = 44\n"),
		]);
		const explained = await place.run(["explain", "out/app/src.json"]);
		expect([explained.code, explained.stdout]).toEqual([0, expect.stringContaining("lxc.init.gid = 44")]);
		renameSync(place.path("out/app/root.squashfs"), place.path("away.squashfs"));
		const alone = await place.run(["render", "out/app/src.json"]);
		expect([alone.code, alone.stderr]).toEqual([
			3,
			expect.stringContaining("expected UID[:GID], as there is no root.squashfs beside src.json"),
		]);
		symlinkSync("../../away.squashfs", place.path("out/app/root.squashfs"));
		const linked = await place.run(["render", "out/app/src.json"]);
		expect([linked.code, linked.stderr]).toEqual([3, expect.stringContaining("is a symbolic link")]);
	});

	test("is looked up by render in the base that a container lies on", async () => {
		await exported("web");
		mkdirSync(place.path("out/upper"));
		const source = {
			"#spec": "service-manifest-src@1",
			template: "builtin-lxc-docker",
			base: "app",
			args: { PVPKG_IMAGE_USER: "1" },
			docker_config: { Entrypoint: ["/bin/app"], User: "web" },
		};
		writeFileSync(place.path("out/upper/src.json"), JSON.stringify(source));
		const rendered = await place.run(["render", "out/upper/src.json"]);
		expect([rendered.code, rendered.stdout]).toEqual([0, expect.stringContaining("lxc.init.uid = 1000")]);
	});
});
