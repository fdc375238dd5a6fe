import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Workplace } from "../support/command-line.js";
import { needs } from "../support/needs.js";
import { tarball } from "../support/tar-builder.js";
import { file } from "../support/tar-members.js";

let place: Workplace;
beforeAll(async () => {
	place = new Workplace();
	writeFileSync(place.path("rootfs.tar"), tarball(file("etc/motd", "hello")));
	await exported("-o", "os.tgz");
});
afterAll(() => place.remove());

type Options = Parameters<Workplace["run"]>[1];
const run = (args: readonly string[], options: Options = {}) =>
	place.run(args, { ...options, env: { PVPKG_TIER: "fast", ...options.env } });

async function exported(...more: readonly string[]): Promise<void> {
	const { code, stderr } = await run(["export", "tar:rootfs.tar", "os", "-p", "amd64", ...more]);
	expect(code, stderr).toBe(0);
}

/** Runs a shell line with `$PVPKG`. */
const shell = (line: string) =>
	place.run([], { wrapper: ["sh", "-c", line.replaceAll("PVPKG", '"$0" "$@"')] });

describe("the command line", () => {
	test("help shows a command's own options first, groups of options next, and the common ones last", async () => {
		const { stdout } = await run(["export", "--help"]);
		const headings = stdout.match(/^[A-Z].*:$/gm);
		const groups = ["Lock:", "Container:", "Registry:", "Images and cache:", "Signing:", "Compression:"];
		const whole = [
			"Arguments:",
			"Options:",
			...groups,
			"SBOM and provenance:",
			"Common options:",
			"Example:",
		];
		expect(headings).toEqual(whole);
		const below = (heading: string) => stdout.split(`\n${heading}\n`)[1]!.split("\n\n")[0];
		expect(below("Options:")).toMatch(/--dry-run[\s\S]*--compat/);
		expect(below("Signing:")).toMatch(/--key[\s\S]*--signer-cmd[\s\S]*--no-sign/);
		expect(below("Common options:")).toMatch(/--json[\s\S]*--help/);
	});

	test("several --platform are one list", async () => {
		const args = ["export", "tar:rootfs.tar", "os", "-p", "amd64", "-p", "linux/arm64"];
		const { code, stderr } = await run(args);
		expect([code, stderr]).toEqual([2, expect.stringContaining("got linux/amd64, linux/arm64")]);
	});

	test("a platform without a system is one of linux, as for docker", async () => {
		for (const [word, label] of [
			["arm64", "arm64v8"],
			["arm32v7", "arm32v7"],
			["386", "i386"],
		]) {
			await run(["export", "tar:rootfs.tar", "os", "-p", word!, "-o", "platforms/"]);
			expect(readdirSync(place.path("platforms"))).toContain(`os.${label}.tgz`);
		}
		const { code, stderr } = await run(["export", "tar:rootfs.tar", "os", "-p", "z80"]);
		expect([code, stderr]).toEqual([3, expect.stringContaining("linux/z80: label")]);
	});

	test("render names the file that has no image", async () => {
		writeFileSync(place.path("empty.json"), "{}");
		const { code, stderr } = await run(["render", "empty.json"]);
		expect([code, stderr]).toEqual([3, expect.stringContaining("empty.json: find image")]);
	});

	test("mksquashfs is about one platform", async () => {
		const args = ["mksquashfs", "oci:x", "x.squashfs", "--platform", "linux/amd64,linux/arm64"];
		expect(await run(args)).toMatchObject({ code: 2, stderr: expect.stringContaining("one platform") });
	});

	test("$ARCH may be in the name of a directory", async () => {
		await exported("-o", "by-arch/$ARCH/");
		expect(readdirSync(place.path("by-arch"))).toEqual(["amd64"]);
	});

	test("an output without a name is a wrong command line", async () => {
		for (const args of [
			["export", "tar:rootfs.tar", "os"],
			["sign", "os.tgz"],
			["pull", "oci:x"],
		]) {
			const { code, stderr } = await run([...args, "-o", ""]);
			expect([code, stderr]).toEqual([2, expect.stringContaining("--output: expected")]);
		}
	});

	test.each([
		["--jobs", ["build", "--jobs", "x"]],
		["--retries", ["pull", "oci:x", "--retries", "x"]],
		["--memory", ["build", "--memory", "x"]],
		["--memory: expected at least 1M", ["build", "--memory", "1"]],
	])("a wrong value of %s is told without a stack", async (_, args) => {
		const { code, stderr } = await run(args);
		expect([code, stderr]).toEqual([2, expect.not.stringMatching(/\n\s+at /)]);
	});

	test("one option of two has to be named in what is wrong with it", async () => {
		const { stderr } = await run(["export", "tar:rootfs.tar", "os", "--config", "=x"]);
		expect(stderr).toContain("--config =x: expected KEY=VALUE");
	});

	test.each([
		["a path that leads out", "../x=key.pem", 'expected a relative path without empty, "." or ".."'],
		["a path that the importer misreads", 'a"b=key.pem', "needs an escape in JSON"],
		["a document that no device can check", "number.json=number.json", "cannot be signed"],
	])("--file refuses %s", async (_, text, reason) => {
		writeFileSync(place.path("number.json"), "1");
		const args = ["export", "tar:rootfs.tar", "os", "-p", "amd64", "-o", "bad.tgz", "--file", text];
		const { code, stderr } = await run(args);
		expect([code, stderr]).toEqual([3, expect.stringContaining(reason)]);
		expect(existsSync(place.path("bad.tgz"))).toBe(false);
	});

	test("keygen tells where it cannot write", async () => {
		const { code, stderr } = await run(["keygen", "--config-dir", "key.pem/keys"]);
		expect([code, stderr]).toEqual([
			6,
			expect.stringContaining("key.pem/keys/pvs: create: a part of its path is not a directory"),
		]);
	});

	test("an argument that nothing reads, and what a device would refuse, are told", async () => {
		const made = ["export", "tar:rootfs.tar", "os", "-p", "amd64", "-o", "told.tgz"];
		const { code, stderr } = await run([
			...made,
			"--arg",
			"PV_GRUOP=app",
			"--arg",
			"PV_EXTRA_VOLUMES=x.squashfs",
		]);
		expect(stderr).toContain("warning: os: PV_GRUOP: unknown: kept in src.json, without effect");
		expect(stderr).toContain("warning: os/run.json: names x.squashfs, but os/x.squashfs is missing");
		expect(code).toBe(0);
		expect((await run(["verify", "told.tgz"])).stdout).toContain("names x.squashfs");
		expect((await run(made)).stderr).not.toContain("warning: os");
	});

	test("inspect --state shows numbers as they are", async () => {
		writeFileSync(place.path("state.json"), '{"#spec":"x","a.json":{"n":12345678901234567890,"m":1.50}}');
		const { stdout } = await run(["inspect", "state.json", "--state"]);
		expect(stdout).toMatch(/"n": 12345678901234567890,\n\s+"m": 1\.50\n/);
	});

	test("build takes a label twice for once", async () => {
		writeFileSync(place.path("pvpkg.json"), "{}");
		expect((await run(["build", "amd64", "amd64", "--package-name", "x"])).stderr).not.toContain("$ARCH");
	});
});

describe("variables", () => {
	test("that are empty are none", async () => {
		const names = ["PVPKG_TIER", "PVPKG_JOBS", "PVR_GROUP", "PVR_RUNLEVEL", "PVR_X5C_PATH", "PVR_CONFIG_DIR"];
		const env = Object.fromEntries(names.map((name) => [name, ""]));
		const args = ["export", "tar:rootfs.tar", "os", "-p", "amd64", "-o", "again.tgz"];
		const { code, stderr } = await run(args, { env });
		expect(code, stderr).toBe(0);
		const state = JSON.parse((await run(["inspect", "again.tgz", "--state"])).stdout);
		expect(state["os/src.json"].args).toBeUndefined();
	});

	test.each([
		["0", 3],
		["false", 3],
		["1", 0],
	])("of switches: PVR_APP_ADD_FORCE=%s", async (value, code) => {
		const env = { PVR_APP_ADD_FORCE: value };
		if (!existsSync(place.path(".pvr/json"))) await run(["init"]);
		const adding = ["app", "add", "os", "--type", "rootfs", "--from", "rootfs.tar"];
		await run(adding);
		expect((await run(adding, { env })).code).toBe(code);
	});

	test("PVPKG_CACHE_DIR below /proc is an error, not an endless wait", async () => {
		const env = { PVPKG_CACHE_DIR: "/proc/nothing/cache" };
		const { code, stderr } = await run(["export", "tar:rootfs.tar", "os", "-p", "amd64"], { env });
		expect(code === 0 || stderr.includes("/proc/nothing/cache"), stderr).toBe(true);
	});
});

describe("a checkout", () => {
	test("is not exported by flags that are about an image", async () => {
		if (!existsSync(place.path(".pvr/json"))) await run(["init"]);
		for (const flags of [["-p", "amd64"], ["--dry-run"], ["-o", "x"]]) {
			const { code, stderr } = await run(["export", "nginx:1.27", ...flags]);
			expect([code, stderr]).toEqual([2, expect.stringContaining("expected an image and a name")]);
		}
		expect(existsSync(place.path("nginx:1.27"))).toBe(false);
	});

	test("export --parts tells what is not there", async () => {
		const { code, stderr } = await run(["export", "part.tgz", "--parts", "nothing"]);
		expect([code, stderr]).toEqual([3, expect.stringContaining("--parts nothing: the state has nothing")]);
	});

	test.each(["ls", "update"])("sig %s has to find what is named", async (verb) => {
		const { code, stderr } = await run(["sig", verb, "nothing"]);
		expect([code, stderr]).toEqual([4, expect.stringContaining("nothing: find signature")]);
	});

	test("add has to find what is named, even where there is nothing", async () => {
		expect((await run(["add", "nothing"])).code).toBe(4);
		expect((await run(["add", "."])).code).toBe(0);
	});
});

describe("sign of several packages", () => {
	test("signs each of them, or none", async () => {
		for (const name of ["one.tgz", "two.tgz"]) copyFileSync(place.path("os.tgz"), place.path(name));
		writeFileSync(place.path("broken.tgz"), "no package");
		const before = readFileSync(place.path("one.tgz"));
		expect((await run(["sign", "one.tgz", "broken.tgz"])).code).toBe(3);
		expect(readFileSync(place.path("one.tgz")).equals(before)).toBe(true);
		expect(await run(["sign", "one.tgz", "two.tgz"])).toMatchObject({
			code: 0,
			stdout: "one.tgz\ntwo.tgz\n",
		});
		const checked = await run(["verify", "one.tgz", "two.tgz", "--pubkey", "public.pem"]);
		expect(checked).toMatchObject({ code: 0 });
	});

	test.each([["--emit-payload"], ["--attach"], ["--output"]])("has no use for %s", async (option) => {
		const { code, stderr } = await run(["sign", "os.tgz", "os.tgz", option, "file"]);
		expect([code, stderr]).toEqual([2, expect.stringContaining(`${option}: expected one package, got 2`)]);
	});
});

describe("signatures from elsewhere", () => {
	test("that are not there", async () => {
		const { code, stderr } = await run(["sign", "os.tgz", "--attach", "nothing"]);
		expect([code, stderr]).toEqual([4, expect.stringContaining("nothing: read: it does not exist")]);
	});

	needs("openssl").test("may be in base64 on several lines (openssl)", async () => {
		const signer = "openssl dgst -sha256 -sign key.pem | openssl base64";
		const args = ["sign", "os.tgz", "--signer-cmd", signer, "--pubkey", "public.pem", "-o", "signed.tgz"];
		expect(await run(args)).toMatchObject({ code: 0 });
		const checked = await run(["verify", "signed.tgz", "--pubkey", "public.pem"]);
		expect(checked).toMatchObject({ code: 0, stdout: expect.stringContaining("good signature") });
	});

	needs("openssl").test(
		"are of the chain that is named, whatever key the environment has (openssl)",
		async () => {
			expect(await run(["keygen", "--config-dir", "keys"])).toMatchObject({ code: 0 });
			const [key, x5c] = ["keys/pvs/key.default.pem", "keys/pvs/x5c.default.pem"];
			const signer = ["--signer-cmd", `openssl dgst -sha256 -sign ${key}`, "--x5c", x5c];
			expect(await run(["sign", "os.tgz", ...signer, "-o", "chained.tgz"])).toMatchObject({
				code: 0,
				stderr: "",
			});
			const checked = await run(["verify", "chained.tgz", "--cacerts", "keys/pvs/cacerts.default.pem"]);
			expect(checked).toMatchObject({ code: 0 });
		},
	);

	test("a command that fails is not repeated: it may have a PIN in it", async () => {
		const args = ["sign", "os.tgz", "--signer-cmd", "exit 7 # 1234", "--pubkey", "public.pem"];
		const { code, stderr } = await run(args);
		expect([code, stderr]).toEqual([3, expect.stringContaining("--signer-cmd: sign: failed with 7")]);
		expect(stderr).not.toContain("1234");
	});
});

describe("mksquashfs takes options", () => {
	const make = async (...words: readonly string[]) => {
		const { code, stderr } = await run(["mksquashfs", ...words]);
		expect(code, stderr).toBe(0);
		return stderr;
	};

	test("before, between and behind SOURCE and OUT", async () => {
		await make("tar:rootfs.tar", "behind.squashfs", "-comp", "gzip", "-b", "64K", "-e", "x");
		await make("-comp", "gzip", "-b", "64K", "tar:rootfs.tar", "before.squashfs");
		await make(
			"-b",
			"64K",
			"tar:rootfs.tar",
			"-comp",
			"gzip",
			"between.squashfs",
			"--tier",
			"fast",
			"-e",
			"x",
		);
		const bytes = (name: string) => readFileSync(place.path(`${name}.squashfs`));
		expect(bytes("before").equals(bytes("behind"))).toBe(true);
		expect(bytes("between").equals(bytes("behind"))).toBe(true);
	});

	test.each(["-quiet", "-q", "--quiet"])("%s", async (word) => {
		expect(await make("tar:rootfs.tar", "quiet.squashfs", word)).toBe("");
		expect(await make(word, "tar:rootfs.tar", "quiet.squashfs")).toBe("");
	});

	test("but not instead of OUT", async () => {
		const { code, stderr } = await run(["mksquashfs", "-comp", "xz", "tar:rootfs.tar"]);
		expect([code, stderr]).toEqual([
			2,
			expect.stringContaining("expected SOURCE and OUT, got tar:rootfs.tar"),
		]);
	});
});

describe("where standard output goes", () => {
	test("a reader that goes away does not change what verify found", async () => {
		writeFileSync(place.path("bad.json"), '{"#spec":"x","../a":{}}');
		const { stdout } = await shell("{ PVPKG verify bad.json; echo $? >&3; } 3>code | true; cat code");
		expect(stdout.trim()).toBe("5");
	});

	test("nor does one of standard error", async () => {
		const { stdout } = await shell("{ PVPKG keygen --days x; echo $? >&3; } 3>code 2>&1 | true; cat code");
		expect(stdout.trim()).toBe("2");
	});

	needs("Linux").test.each([
		["a result", "inspect os.tgz"],
		["a package", "export tar:rootfs.tar os -p amd64 -o -"],
	])("a full disk is told: %s", async (_, args) => {
		const { code, stderr } = await shell(`PVPKG ${args} >/dev/full`);
		expect(stderr).toContain("standard output: write: no space is left on the disk");
		expect(stderr).not.toMatch(/\n\s+at /);
		expect(code).toBe(6);
	});
});
