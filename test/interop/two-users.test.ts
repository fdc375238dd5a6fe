import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
	chmodSync,
	chownSync,
	existsSync,
	lstatSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { processIdentity, sweepTemporaryDirectories } from "../../src/ground/files/index.js";
import { Workplace } from "../support/command-line.js";
import { needs } from "../support/needs.js";
import { tarball } from "../support/tar-builder.js";
import { file } from "../support/tar-members.js";

// A second user of the machine, who may write TMPDIR and the cache. Root stands for the first user, as he
// has the most to lose; nobody (65534) is the second. The races are bounded in time.

const NOBODY = 65534;
const RACE_MILLISECONDS = Number(process.env.PVPKG_RACE_MILLISECONDS ?? 3000);
/** A process of this boot and namespace that is dead. */
const DEAD = `7654321-1-${processIdentity().split("-")[2]}`;

needs("root", "setpriv").describe("two users (root, setpriv)", () => {
	let directory: string;
	let shared: string;
	let precious: string;
	const others: ChildProcess[] = [];

	beforeEach(() => {
		directory = mkdtempSync(join(tmpdir(), "two-users-"));
		chmodSync(directory, 0o755);
		shared = join(directory, "tmp");
		mkdirSync(shared);
		chmodSync(shared, 0o1777);
		precious = join(directory, "precious");
		mkdirSync(join(precious, "inner"), { recursive: true });
		writeFileSync(join(precious, "inner/file"), "precious");
	});
	afterEach(() => {
		// With what it has started, which may write for another moment.
		for (const other of others.splice(0)) process.kill(-other.pid!, "SIGKILL");
		rmSync(directory, { recursive: true, force: true, maxRetries: 20 });
	});

	function beside(script: string): void {
		const user = ["--reuid=65534", "--regid=65534", "--clear-groups"];
		others.push(
			spawn("setpriv", [...user, "sh", "-c", script], { cwd: shared, stdio: "ignore", detached: true }),
		);
	}

	function asNobody(script: string): void {
		const user = ["--reuid=65534", "--regid=65534", "--clear-groups"];
		execFileSync("setpriv", [...user, "sh", "-c", script], { cwd: shared });
	}

	function expectPreciousWhole(): void {
		expect(readFileSync(join(precious, "inner/file"), "utf8")).toBe("precious");
	}

	test("nothing of another user is swept, whatever it is named", () => {
		const name = `pvpkg.${DEAD}.000000000000`;
		asNobody(`mkdir -m 0700 ${name} && ln -s ${name} ${name}/.pvpkg && ln -s ${precious} ${name}/link`);
		asNobody(`mkdir ${name.replace(/0$/, "1")}; ln -s ${precious} ${name.replace(/0$/, "2")}`);
		asNobody(`touch .x.pvpkg.${DEAD}.000000000000.tmp`);
		sweepTemporaryDirectories(shared);
		expect(readdirSync(shared)).toHaveLength(4);
		expectPreciousWhole();
	});

	test("no command removes what another user planted in TMPDIR, nor what it leads to", async () => {
		const place = new Workplace();
		try {
			const name = `pvpkg.${DEAD}.000000000000`;
			asNobody(
				`mkdir -m 0700 ${name} && ln -s ${name} ${name}/.pvpkg && ln -s ${precious}/inner ${name}/link`,
			);
			asNobody(`ln -s ${precious} ${name.replace(/0$/, "1")}; mkdir -m 0700 ${name.replace(/0$/, "2")}`);
			writeFileSync(place.path("rootfs.tar"), tarball(file("bin/app", "x", { mode: 0o755 })));
			const args = [
				"export",
				"tar:rootfs.tar",
				"web",
				"-p",
				"amd64",
				"--no-sign",
				"--no-cache",
				"-o",
				"web.tgz",
			];
			for (const words of [args, ["verify", "web.tgz"], ["checkout", "web.tgz", "out"]]) {
				expect(await place.run(words, { env: { TMPDIR: shared } })).toMatchObject({ code: 0 });
			}
			expect(readdirSync(shared)).toHaveLength(3);
			expectPreciousWhole();
		} finally {
			place.remove();
		}
	});

	test("a directory of ours without our mark is not swept, so that a rename makes it no prey", () => {
		const own = join(shared, `pvpkg.${DEAD}.000000000000`);
		mkdirSync(own, { mode: 0o700 });
		writeFileSync(join(own, "file"), "kept");
		sweepTemporaryDirectories(shared);
		expect(existsSync(join(own, "file"))).toBe(true);
		rmSync(join(own, "file"));
		symlinkSync(`pvpkg.${DEAD}.999999999999`, join(own, ".pvpkg"));
		sweepTemporaryDirectories(shared);
		expect(existsSync(own)).toBe(true);
	});

	test("what was swept gives a former directory back, but not over somebody's, nor elsewhere", () => {
		for (const [at, target] of ["back", "taken", "../escaped", "a/b"].entries()) {
			const own = join(shared, `pvpkg.${DEAD}.00000000000${at}`);
			mkdirSync(join(own, "former"), { recursive: true, mode: 0o700 });
			writeFileSync(join(own, "former/file"), target);
			symlinkSync(`pvpkg.${DEAD}.00000000000${at}`, join(own, ".pvpkg"));
			symlinkSync(target, join(own, "former-name"));
		}
		asNobody("ln -s /nowhere taken");
		sweepTemporaryDirectories(shared);
		expect(readdirSync(shared).sort()).toEqual(["back", "taken"]);
		expect(lstatSync(join(shared, "taken")).isSymbolicLink()).toBe(true);
		expect(existsSync(join(directory, "escaped"))).toBe(false);
	});

	test("a race for what is being swept never reaches outside", async () => {
		// The directory flips between a tree and a link to what root owns, all the time.
		const name = `pvpkg.${DEAD}.000000000000`;
		beside(`while :; do
			mkdir -m 0700 ${name} 2>/dev/null && ln -s ${name} ${name}/.pvpkg && mkdir ${name}/inner
			mv -T ${name}/inner ${name}/was 2>/dev/null; ln -sfn ${precious} ${name}/inner
			mv -T ${name} other 2>/dev/null; ln -sfn ${precious} ${name}; rm -f ${name}; rm -rf other
		done`);
		for (const end = performance.now() + RACE_MILLISECONDS; performance.now() < end; ) {
			for (let i = 0; i < 50; i++) sweepTemporaryDirectories(shared);
			await new Promise((resolve) => setTimeout(resolve, 1));
		}
		expectPreciousWhole();
	});

	test("a cache that another user writes changes no byte, and no file of the first user", async () => {
		const place = new Workplace();
		try {
			writeFileSync(place.path("rootfs.tar"), tarball(file("bin/app", "x".repeat(50_000), { mode: 0o755 })));
			const args = (out: string) => ["mksquashfs", "tar:rootfs.tar", out, "--cache-dir", shared];
			expect(await place.run(args("first"))).toMatchObject({ code: 0 });
			// He gets all that the first user's runs have left, and may do with it as he likes.
			execFileSync("chown", ["-R", "65534:65534", join(shared, "v2")]);
			const packs = readdirSync(join(shared, "v2/blocks"));
			expect(packs.length).toBeGreaterThan(0);
			for (const pack of packs) {
				const path = join(shared, "v2/blocks", pack);
				const bytes = readFileSync(path);
				bytes.fill(0x55, 8, bytes.length - 200);
				writeFileSync(path, bytes);
				chownSync(path, NOBODY, NOBODY);
			}
			beside(`cd v2; while :; do
				mv -T blocks was 2>/dev/null; ln -sfn ${precious} blocks; rm -f blocks; mv -T was blocks 2>/dev/null
				mv -T records old 2>/dev/null; ln -sfn ${precious} records; rm -f records; mv -T old records 2>/dev/null
			done`);
			const expected = readFileSync(place.path("first"));
			let runs = 0;
			for (const end = performance.now() + RACE_MILLISECONDS; runs === 0 || performance.now() < end; runs++) {
				const { code, stderr } = await place.run(args(`run${runs}`));
				expect(code, stderr).toBe(0);
				expect(readFileSync(place.path(`run${runs}`)).equals(expected)).toBe(true);
			}
			expectPreciousWhole();
		} finally {
			place.remove();
		}
	});
});
