import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DemoRegistry } from "../../fixtures/demo-registry.js";
import { IN_THREADS, serveDemo, Workplace } from "../support/command-line.js";
import { needs } from "../support/needs.js";

// A user with no home and nothing but Node: what the system sees of an export.

const CHANGES = [
	..."open openat creat mkdir mkdirat mknod mknodat rename renameat renameat2 link linkat symlink".split(" "),
	..."symlinkat unlink unlinkat rmdir truncate chmod fchmodat chown lchown fchownat utimensat".split(" "),
];
/** Puts the paths of directories that were opened with O_PATH in the place of `/proc/self/fd/N`. */
function resolveHeld(lines: readonly string[]): string[] {
	const held = new Map<string, string>();
	return lines.map((line) => {
		const resolved = line.replace(
			/\/proc\/self\/fd\/(\d+)/g,
			(whole, descriptor) => held.get(descriptor) ?? whole,
		);
		const [, path, descriptor] = /"([^"]*)", [^"]*O_PATH.* = (\d+)$/.exec(resolved) ?? [];
		if (descriptor !== undefined) held.set(descriptor, path!);
		return resolved;
	});
}

needs("root", "setpriv", "strace").describe("as a plain user, traced (root, strace)", () => {
	let registry: DemoRegistry;
	let place: Workplace;
	let calls: readonly string[];

	beforeAll(async () => {
		registry = await serveDemo();
		place = new Workplace();
		for (const name of ["out", "bin"]) mkdirSync(place.path(name));
		symlinkSync(process.execPath, place.path("bin/node"));
		for (const name of ["", "tmp", "out"]) chmodSync(place.path(name), 0o777);
		chmodSync(place.path("key.pem"), 0o644);
		const trace = [
			"strace",
			"-f",
			"-qq",
			"-o",
			place.path("trace"),
			"-e",
			`trace=execve,${CHANGES.join(",")}`,
		];
		const user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"];
		const plain = ["env", "-u", "HOME", `PATH=${place.path("bin")}`];
		const env = { ...IN_THREADS, HOME: undefined, PVPKG_CACHE_DIR: undefined };
		const args = ["export", `${registry.host}/demo/app:1.0`, "web", "-o", `${place.path("out")}/`, "-q"];
		const result = await place.run(args, { env, wrapper: [...trace, ...user, ...plain] });
		expect(result).toMatchObject({ code: 0, stderr: "" });
		calls = readFileSync(place.path("trace"), "latin1")
			.split("\n")
			.filter((line) => !/ = -1 E/.test(line));
	}, 600_000);
	afterAll(async () => {
		place.remove();
		await registry.close();
	});

	test("it writes below TMPDIR and beside its packages, nowhere else", () => {
		const writing = resolveHeld(calls).filter(
			(line) => !/ execve\(/.test(line) && (!/ open(at)?\(/.test(line) || /O_(WRONLY|RDWR|CREAT)/.test(line)),
		);
		// An interrupted call has its arguments in its first line.
		const paths = writing.flatMap((line) => [...line.matchAll(/"([^"]*)"/g)].map(([, path]) => path!));
		// What a link says is not looked up when it is made.
		const links = writing.flatMap((line) => / symlink\("([^"]*)"/.exec(line)?.[1] ?? []);
		const allowed = [place.path("tmp"), place.path("out")];
		expect(paths.filter((path) => allowed.includes(dirname(path)))).not.toEqual([]);
		const made = paths.filter((path) => !links.includes(path));
		const strange = made.filter((path) => !allowed.some((place) => `${path}/`.startsWith(`${place}/`)));
		expect(strange.filter((path) => path !== "/dev/null")).toEqual([]);
	});

	test("it starts no program", () => {
		const started = calls.filter((line) => / execve\(/.test(line)).map((line) => /"([^"]*)"/.exec(line)?.[1]);
		expect(started.map((path) => path?.split("/").at(-1))).toEqual(["setpriv", "env", "node"]);
		expect(resolve(started.at(-1)!)).toBe(process.execPath);
	});

	test("its packages are all that is left", () => {
		expect(readdirSync(place.path("tmp"))).toEqual([]);
		expect(readdirSync(place.path("out"))).toHaveLength(6);
	});
});
