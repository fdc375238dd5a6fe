import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CommandResult, Workplace } from "../support/command-line.js";
import { DeviceFront } from "../support/device-front.js";
import { DeviceRoot } from "../support/device-root.js";
import { LayoutDirectory } from "../support/layout-directory.js";
import { needs } from "../support/needs.js";
import { run } from "../support/programs.js";
import { type TarHeader, tarball } from "../support/tar-builder.js";

/*
 * Pantavisor itself: PVPKG_DEVICE_ROOT names a root file system with its runtime, built for "appengine": its container
 * image unpacked, or an installation of its source (-DPANTAVISOR_APPENGINE=ON -DCMAKE_INSTALL_PREFIX=/usr
 * -DCMAKE_INSTALL_LOCALSTATEDIR=/var -DCMAKE_INSTALL_LIBDIR=lib). It must have:
 *
 * - /usr/bin/{pv-appengine,pantavisor,pvtx}, /usr/lib/pantavisor/pv_lxc.so and /usr/lib/pantavisor/pv, and
 *   /etc/pantavisor-appengine.config, whose storage is /var/pantavisor/storage and whose runtime directory is
 *   /run/pantavisor;
 * - /etc/pantavisor/defaults/groups.json with the groups root, platform and app, and /etc/resolv.conf;
 * - liblxc of Pantavisor's fork, which has `set_container_type`, `lxc.rootfs.bdev_type` and `origin=mkdir`, and splits
 *   lxc.init.cmd at quotes; its path /usr/var/lib/lxc exists;
 * - a shell (bash as /bin/bash too), and the usual programs: awk, cat, cp, find, grep, ls, mkdir, mknod, mount, ps,
 *   rmdir, sleep, tail, touch, tr, umount; busybox will do.
 *
 * The machine needs cgroup2, overlayfs, squashfs and loop devices, and the right to mount. The root stays as it is.
 */

/** Prints its arguments, its user and its environment into the file that REPORT names, and goes on. */
const PROGRAM = String.raw`
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
extern char **environ;
int main(int count, char **words) {
	FILE *out = fopen(getenv("REPORT"), "w");
	if (!out) return 1;
	for (int i = 0; i < count; i++) fprintf(out, "argument %s\n", words[i]);
	fprintf(out, "user %d %d\n", getuid(), getgid());
	for (char **each = environ; *each; each++) fprintf(out, "environment %s\n", *each);
	fprintf(out, "end\n");
	fclose(out);
	for (;;) pause();
}
`;

const RUNNING = expect.stringMatching(/^(STARTED|READY)$/);

/** The program is stable soon, and given up soon. */
const RECOVERY = { policy: "on-failure", max_retries: 1, retry_delay: 1, stable_timeout: 2 };

/** Versions of the program's image; the image says that user 7:8 runs it, which devices do only where asked to. */
const VERSIONS = [
	{ version: "1", entry: "reporter", report: "/data/report-1", options: [], user: "0 0" },
	{
		version: "2",
		entry: "reporter",
		report: "/out/report-2",
		options: ["--arg", "PVPKG_IMAGE_USER=1"],
		user: "7 8",
	},
	{ version: "3", entry: "missing", report: "/data/report-3", options: [], user: "0 0" },
];

needs("root", "mounts", "gcc", "PVPKG_DEVICE_ROOT").describe("Pantavisor in namespaces (root)", () => {
	const work = new Workplace();
	let device: DeviceRoot;
	let front: DeviceFront;
	/** The name of the last one that was pushed and runs. */
	let revision: string;

	beforeAll(async () => {
		const program = work.path("reporter");
		run("sh", "-c", `printf '%s' "$1" | gcc -static -O1 -x c -o "$2" -`, "sh", PROGRAM, program);
		const layout = new LayoutDirectory(work.path("layout"));
		const archive = tarball(
			...["bin/", "dev/", "proc/", "sys/", "tmp/", "run/", "etc/", "data/"].map(directory),
			{ path: "out/", type: "5", mode: 0o777 },
			{ path: "bin/reporter", body: readFileSync(program), mode: 0o755 },
		);
		for (const { version, entry, report, options } of VERSIONS) {
			const config = {
				Entrypoint: [`/bin/${entry}`, "two words", 'a"b'],
				Cmd: [`version ${version}`],
				Env: ["PLAIN=1", "PROMPT=$ ", `REPORT=${report}`],
				User: "7:8",
			};
			layout.tag(version, [layout.addImage({ os: "linux", architecture: "amd64" }, [{ archive }], config)]);
			const made = await work.run([
				...[
					"export",
					`oci:layout:${version}`,
					"reporter",
					"-p",
					"linux/amd64",
					"--as",
					`reporter:${version}`,
				],
				...["--group", "app", "--arg", `PV_AUTO_RECOVERY=${JSON.stringify(RECOVERY)}`, ...options],
				...["--volume", "/data:permanent", "--volume", "lxc-overlay:permanent"],
				...["-o", `reporter-${version}.tgz`],
			]);
			expect(made).toMatchObject({ code: 0 });
		}
		device = await DeviceRoot.start(process.env.PVPKG_DEVICE_ROOT!);
		front = await DeviceFront.start(device);
	});
	afterAll(async () => {
		await front?.close();
		device?.close();
		work.remove();
	});

	function push(version: string): Promise<CommandResult> {
		return work.run([
			"push",
			front.url,
			`reporter-${version}.tgz`,
			"--pubkey",
			"public.pem",
			"--wait",
			"120",
		]);
	}

	async function containers(): Promise<unknown> {
		const { stdout } = await work.run(["device", "containers", front.url, "--json"]);
		return JSON.parse(stdout).containers;
	}

	describe.each(VERSIONS.slice(0, 2))("version $version", ({ version, report, user }) => {
		let lines: readonly string[];

		test("is taken by pvtx and started", async () => {
			const { code, stdout, stderr } = await push(version);
			expect({ code, stdout, stderr }).toEqual({
				code: 0,
				stdout: expect.stringMatching(/^locals\/pvtx-\S+ runs\n$/),
				stderr: expect.stringMatching(/\n(DONE|UPDATED) 100 %: Update finished/),
			});
			expect(await containers()).toEqual([expect.objectContaining({ name: "reporter", status: RUNNING })]);
			revision = /^\S+/.exec(stdout)![0];
			lines = device.stored(basename(report))!.split("\n");
		}, 600_000);

		test("has the arguments of the image", () => {
			expect(lines.filter((line) => line.startsWith("argument"))).toEqual([
				"argument /bin/reporter",
				"argument two words",
				'argument a"b',
				`argument version ${version}`,
			]);
		});

		test(`runs as user ${user}`, () => {
			expect(lines).toContain(`user ${user}`);
		});

		test("has the environment of the image", () => {
			const expected = ["PLAIN=1", "PROMPT=$ ", `REPORT=${report}`].map((entry) => `environment ${entry}`);
			expect(lines).toEqual(expect.arrayContaining(expected));
		});
	});

	test("only the objects that the device does not have were sent with version 2", () => {
		const [first, second] = front.server.calls.filter(({ path }) => path.endsWith("/add"));
		expect(second!.body.length).toBeLessThan(first!.body.length / 10);
	});

	test("a restart makes version 2 the rollback point", async () => {
		device.ask("POST", "/commands", JSON.stringify({ op: "REBOOT_DEVICE", payload: "" }));
		await device.until("restart", () => device.ask("GET", "/containers").code !== 0);
		await device.until("version 2", isRunning);
		await device.until("the end of the update", () => {
			const { stdout } = device.ask("GET", `/steps/${revision}/progress`);
			return stdout.toString().includes('"DONE"');
		});
	}, 600_000);

	test("a program that cannot start makes the device go back to version 2, and push says why", async () => {
		const { code, stderr } = await push("3");
		expect({ code, stderr }).toEqual({
			code: 5,
			stderr: expect.stringMatching(/the device answered (ERROR|WONTGO): \S/),
		});
		expect(stderr).toMatch(/the device runs the state that it had before/);
		await device.until("version 2", isRunning);
	}, 600_000);

	function isRunning(): boolean {
		const { code, stdout } = device.ask("GET", "/containers");
		return code === 0 && /"reporter".*"(STARTED|READY)"/.test(stdout.toString());
	}
});

function directory(path: string): TarHeader {
	return { path, type: "5", mode: 0o755 };
}
