import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
	chmodSync,
	closeSync,
	constants,
	existsSync,
	lstatSync,
	mkdirSync,
	openSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Workplace } from "../support/command-line.js";
import { needs } from "../support/needs.js";
import { PROGRAM } from "../support/program.js";
import { isRoot } from "../support/programs.js";
import { tarball } from "../support/tar-builder.js";
import { file } from "../support/tar-members.js";

let place: Workplace;

beforeAll(async () => {
	place = new Workplace();
	const su = file("bin/su", "#!/bin/sh\n", { mode: 0o6755, uid: 0 });
	writeFileSync(place.path("rootfs.tar"), tarball(su, file("bin/app", "#!/bin/sh\n", { mode: 0o755 })));
	const args = ["export", "tar:rootfs.tar", "web", "-p", "amd64", "--no-sign", "-o", "web.tgz"];
	expect(await place.run(args)).toMatchObject({ code: 0 });
	expect(await place.run(["mksquashfs", "tar:rootfs.tar", "image"])).toMatchObject({ code: 0 });
});
afterAll(() => place.remove());

/** For root a node of his own: a program that replaces it does not harm the machine. */
function nullDevice(): string {
	const own = place.path("null");
	if (isRoot && !existsSync(own)) spawnSync("mknod", ["-m", "666", own, "c", "1", "3"]);
	// A file system of temporary files may be mounted without devices.
	const works = existsSync(own) && spawnSync("sh", ["-c", ': > "$0"', own]).status === 0;
	return works ? own : "/dev/null";
}

/** Opens a FIFO for writing as soon as somebody opens it for reading. */
async function openWhenRead(fifo: string): Promise<number> {
	for (;;) {
		try {
			return openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== "ENXIO") throw error;
			await setTimeout(20);
		}
	}
}

describe("an output that is not a file", () => {
	test.each([
		["export", ["export", "tar:rootfs.tar", "web", "-p", "amd64", "--no-sign", "-o"]],
		["mksquashfs", ["mksquashfs", "tar:rootfs.tar"]],
	])("%s writes to a device and to a FIFO, and replaces neither", async (name, words) => {
		const device = nullDevice();
		expect(await place.run([...words, device])).toMatchObject({ code: 0 });
		expect(statSync(device).isCharacterDevice()).toBe(true);
		const fifo = place.path(`fifo-${name}`);
		execFileSync("mkfifo", [fifo]);
		const reader = spawn("cat", [fifo]);
		const chunks: Buffer[] = [];
		reader.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
		const closed = once(reader, "close");
		expect(await place.run([...words, fifo])).toMatchObject({ code: 0 });
		await closed;
		const expected = readFileSync(place.path(name === "export" ? "web.tgz" : "image"));
		expect(Buffer.concat(chunks).equals(expected)).toBe(true);
		expect(statSync(fifo).isFIFO()).toBe(true);
	});

	// A program that does not heed signals waits for a minute, and ends with another code.
	test("Ctrl-C ends a program that waits for the reader of a FIFO", async () => {
		const fifo = place.path("unread");
		execFileSync("mkfifo", [fifo]);
		const words = ["export", "tar:rootfs.tar", "web", "-p", "amd64", "--no-sign", "-o", fifo];
		const { code } = await place.run(words, {
			interrupt: { after: "package: ", signal: "SIGINT", again: true },
		});
		// Null is what a shell shows as 130.
		expect([130, null]).toContain(code);
		expect(statSync(fifo).isFIFO()).toBe(true);
	});

	// A program that does not heed signals waits for ever: the test ends by its limit of time then.
	test("Ctrl-C ends a program that waits for what comes through a FIFO", async () => {
		const fifo = place.path("unwritten.pem");
		execFileSync("mkfifo", [fifo]);
		const words = [PROGRAM, "verify", "web.tgz", "--pubkey", fifo];
		const program = spawn(process.execPath, words, { cwd: place.directory, stdio: "ignore" });
		const ended = once(program, "close");
		const writer = await openWhenRead(fifo);
		program.kill("SIGINT");
		expect(await ended).toEqual([null, "SIGINT"]);
		closeSync(writer);
	});

	needs("root", "loop devices").test(
		"a block device is refused without --force (root, a loop device)",
		async () => {
			writeFileSync(place.path("disk"), Buffer.alloc(1 << 20));
			const device = execFileSync("losetup", ["-f", "--show", place.path("disk")], {
				encoding: "utf8",
			}).trim();
			try {
				const refused = await place.run(["mksquashfs", "tar:rootfs.tar", device]);
				expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining("--force")]);
				expect(await place.run(["mksquashfs", "tar:rootfs.tar", device, "--force"])).toMatchObject({
					code: 0,
				});
				expect(statSync(device).isBlockDevice()).toBe(true);
			} finally {
				execFileSync("losetup", ["-d", device]);
			}
			const image = readFileSync(place.path("image"));
			expect(readFileSync(place.path("disk")).subarray(0, image.length).equals(image)).toBe(true);
		},
	);
});

describe("an output that cannot be written is found before anything is fetched", () => {
	// Nobody listens there: whoever asks first would say so.
	const image = (): string => "127.0.0.1:9/none:1";

	test.each([
		["export", () => ["export", image(), "web", "-p", "amd64", "--no-sign", "-o", "/dev/null/none/web.tgz"]],
		[
			"export to a directory",
			() => ["export", image(), "web", "-p", "amd64", "--no-sign", "-o", "/dev/null/none/"],
		],
		[
			"export below a file",
			() => ["export", image(), "web", "-p", "amd64", "--no-sign", "-o", "rootfs.tar/x"],
		],
		["mksquashfs", () => ["mksquashfs", image(), "/dev/null/none/image", "--platform", "linux/amd64"]],
		["pull", () => ["pull", image(), "-p", "amd64", "-o", "/dev/null/none/layout"]],
	])("%s", async (_, args) => {
		const { code, stderr } = await place.run(args());
		expect(stderr).toContain("write: ");
		expect([3, 4, 6]).toContain(code);
	});
});

test("pull with nothing to keep is a usage error that says what to give", async () => {
	const { code, stderr } = await place.run(["pull", "127.0.0.1:9/none:1", "--no-cache"]);
	expect([code, stderr]).toEqual([2, expect.stringContaining("expected -o, --cache-dir or PVPKG_CACHE_DIR")]);
});

needs("root", "setpriv").test(
	"checkout --extract as a plain user gives nobody's set-user-ID bits to his files (root, setpriv)",
	async () => {
		for (const name of ["", "tmp", "user"]) mkdirSync(place.path(name), { recursive: true });
		for (const name of ["", "tmp", "user"]) chmodSync(place.path(name), 0o777);
		const user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
		const result = await place.run(["checkout", "web.tgz", "user/web", "--extract"], {
			wrapper: user,
			env: { HOME: place.path("user") },
		});
		expect(result).toMatchObject({ code: 0 });
		const su = place.path("user/web/.pv/rootfs/web/root.squashfs/bin/su");
		expect(statSync(su).mode & 0o7777).toBe(0o755);
		expect(readdirSync(place.path("user"))).toContain("web");
	},
);

test.each<[string, () => void]>([
	["a file", () => writeFileSync(place.path("notes"), "mine")],
	["a link to a file", () => symlinkSync("web.tgz", place.path("notes"))],
	["a link that leads nowhere", () => symlinkSync("nothing", place.path("notes"))],
	["a FIFO", () => void execFileSync("mkfifo", [place.path("notes")])],
])("checkout does not replace %s, also by --force", async (_, make) => {
	rmSync(place.path("notes"), { force: true });
	make();
	const before = lstatSync(place.path("notes")).mode;
	for (const force of [[], ["--force"]]) {
		const { code, stderr } = await place.run(["checkout", "web.tgz", "notes", ...force]);
		expect([code, stderr]).toEqual([3, expect.stringContaining("expected a directory or nothing")]);
		expect(lstatSync(place.path("notes")).mode).toBe(before);
	}
	rmSync(place.path("notes"));
});

test("checkout --force over an extracted tree with unwritable directories leaves nothing beside it", async () => {
	mkdirSync(place.path("force"));
	const cwd = place.path("force");
	const args = ["checkout", "../web.tgz", "web", "--extract", "--force"];
	for (let round = 0; round < 2; round++) {
		expect(await place.run(args, { cwd })).toMatchObject({ code: 0 });
		chmodSync(place.path("force/web/.pv/rootfs/web/root.squashfs/bin"), 0o555);
	}
	expect(await place.run(args, { cwd })).toMatchObject({ code: 0 });
	expect(readdirSync(cwd)).toEqual(["web"]);
});
