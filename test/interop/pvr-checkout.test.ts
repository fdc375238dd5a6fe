import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DemoRegistry } from "../../fixtures/demo-registry.js";
import { sha256Hex } from "../../src/ground/bytes/index.js";
import { serveDemo, Workplace } from "../support/command-line.js";
import { needs } from "../support/needs.js";
import { run } from "../support/programs.js";

// Both programs work on one checkout in turn. pvr is not packaged anywhere: these run where it is on PATH.
needs("pvr").describe("pvr and pvpkg on one checkout (needs pvr)", () => {
	let place: Workplace;
	let registry: DemoRegistry;
	let store: string;
	beforeAll(async () => {
		place = new Workplace();
		registry = await serveDemo();
		store = mkdtempSync(join(tmpdir(), "pvpkg-store-"));
	});
	afterAll(async () => {
		place.remove();
		await registry.close();
		rmSync(store, { recursive: true });
	});

	/** A checkout with one of each kind of container, made by pvpkg, not yet added. */
	async function checkout(name: string, ...apps: readonly (readonly string[])[]): Promise<Box> {
		mkdirSync(place.path(name));
		const box = new Box(place, name, store);
		await box.pvpkg("init");
		for (const app of apps) await box.pvpkg("app", "add", ...app);
		return box;
	}
	const docker = (name: string, platform = "linux/arm64"): string[] => [
		...[name, "--from", `${registry.host}/demo/app:1.0`, "--platform", platform],
	];

	test("docker: added here; added, committed, signed and exported by pvr", async () => {
		const box = await checkout("docker", docker("web"));
		box.pvr("add", ".");
		box.pvr("commit");
		expect(await box.pvpkg("status")).toBe("");
		expect(box.pvr("status")).toBe("");
		box.pvr("sig", "--key", place.path("key.pem"), "--x5c", "no", "add", "--part", "web");
		await box.pvpkg("add", "_sigs");
		await box.pvpkg("commit");
		const trust = ["--pubkey", place.path("public.pem")];
		const [theirs, ours] = [box.pvr("sig", ...trust, "ls"), await box.pvpkg("sig", ...trust, "ls")];
		expect(ours.trim()).toBe(theirs.trim());
		box.pvr("export", place.path("theirs.tgz"));
		await box.pvpkg("export", place.path("ours.tgz"));
		expect(members(place.path("ours.tgz"))).toEqual(members(place.path("theirs.tgz")));
		expect(box.read("web/lxc.container.conf")).not.toBe("");
	});

	test("a package goes from one to the other and back", async () => {
		const box = await checkout("back", docker("web"));
		await box.pvpkg("add");
		await box.pvpkg("commit");
		await box.pvpkg("export", place.path("back.tgz"));
		const other = await checkout("other");
		other.pvr("import", place.path("back.tgz"));
		other.pvr("checkout");
		expect(await other.pvpkg("status")).toBe("");
		await other.pvpkg("reset");
		expect(other.pvr("status")).toBe("");
		expect(other.read(".pvr/json")).toBe(box.read(".pvr/json"));
	});

	test("what one adds the other commits", async () => {
		const box = await checkout("turns");
		for (const name of ["a.json", "b"]) box.write(name, name === "b" ? "b" : '{"x":[1.50,"<"]}');
		box.pvr("add", "a.json");
		await box.pvpkg("add", "b");
		const [theirs, ours] = [box.pvr("status"), await box.pvpkg("status")];
		expect(theirs.trim().split("\n").sort()).toEqual(ours.trim().split("\n").sort());
		await box.pvpkg("commit", "-m", "both");
		expect(box.pvr("status")).toBe("");
		box.write("b", "changed");
		rmSync(box.path("a.json"));
		box.write("c", "new");
		expect((await box.pvpkg("status")).trim()).toBe("D a.json\nC b\n? c");
		expect(box.pvr("status").trim().split("\n").sort()).toEqual(["? c", "C b", "D a.json"]);
		expect((await box.pvpkg("diff")).trim()).toBe(box.pvr("diff").trim());
		box.pvr("add", ".");
		await box.pvpkg("commit");
		expect(box.pvr("status") + (await box.pvpkg("status"))).toBe("");
	});

	needs("pvr", "root", "squashfs-tools").test(
		"rootfs: added by pvr, installed and committed here",
		async () => {
			const box = await checkout("rootfs");
			mkdirSync(place.path("tree/etc"), { recursive: true });
			writeFileSync(place.path("tree/etc/x"), "x");
			box.pvr("app", "add", "--type", "rootfs", "--from", place.path("tree"), "os");
			const before = box.read("os/root.squashfs");
			await box.pvpkg("app", "install", "os");
			expect(box.read("os/root.squashfs")).toBe(before);
			expect(await box.pvpkg("app", "ls")).toBe(box.pvr("app", "ls"));
			expect(JSON.parse(await box.pvpkg("app", "info", "os"))).toEqual(
				JSON.parse(box.pvr("app", "info", "os")),
			);
			await box.pvpkg("add");
			await box.pvpkg("commit");
			expect(box.pvr("status")).toBe("");
		},
	);

	needs("pvr", "root", "squashfs-tools").test("rootfs: export packs the files that pvr makes", async () => {
		const box = await checkout("exported");
		const tree = place.path("exported-tree");
		mkdirSync(join(tree, "etc"), { recursive: true });
		writeFileSync(place.path("config.json"), '{"Entrypoint":["/etc/x"],"Env":["A=1"]}');
		const flags = ["--group", "app", "--volume", "/data:boot", "--config-json", place.path("config.json")];
		box.pvr("app", "add", "--type", "rootfs", "--from", tree, ...flags, "os");
		const [image, platform] = [`dir:${tree}`, ["-p", "linux/amd64"]];
		await box.pvpkg(
			"export",
			image,
			"os",
			...platform,
			...flags,
			"--compat",
			"036",
			"--no-sign",
			"-o",
			"os.tgz",
		);
		await box.pvpkg("checkout", "os.tgz", "ours");
		expect(box.read("ours/os/lxc.container.conf")).toBe(box.read("os/lxc.container.conf"));
		expect(JSON.parse(box.read("ours/os/run.json"))).toEqual(JSON.parse(box.read("os/run.json")));
		const sources = ["os", "ours/os"].map((directory) => {
			const { rootfs_digest: digest, ...source } = JSON.parse(box.read(`${directory}/src.json`));
			expect(digest).toBe(
				`sha256:${sha256Hex(Buffer.from(box.read(`${directory}/root.squashfs`), "latin1"))}`,
			);
			return source;
		});
		expect(sources[1]).toEqual(sources[0]);
	});

	test("base and overlay: pvr renders what we made, and leaves it", async () => {
		const box = await checkout("overlay", docker("core"), [
			...docker("ext", "linux/arm/v7"),
			"--base",
			"core",
		]);
		await box.pvpkg("add");
		await box.pvpkg("commit");
		const files = ["src.json", "run.json", "root.ovl.squashfs", "root.ovl.squashfs.docker-digest"];
		const before = files.map((name) => box.read(`ext/${name}`));
		box.pvr("app", "install", "ext");
		expect(files.map((name) => box.read(`ext/${name}`))).toEqual(before);
		const [state, conf] = [box.read(".pvr/json"), box.read("ext/lxc.container.conf")];
		await box.pvpkg("app", "install", "ext", "--compat", "036");
		expect(box.read("ext/lxc.container.conf")).toBe(conf);
		for (const name of ["core", "ext"]) await box.pvpkg("app", "install", name);
		expect(await box.pvpkg("status")).toBe("");
		expect(box.read(".pvr/json")).toBe(state);
	});

	needs("pvr", "veritysetup").test("dm-verity: converted by one, applied by the other", async () => {
		const box = await checkout("verity", docker("web"));
		await box.pvpkg("dm-convert", "web", "root.squashfs");
		await box.pvpkg("add");
		await box.pvpkg("commit");
		const [hash, manifest] = [box.read("web/root.squashfs.hash"), box.read("web/_dm/root.squashfs.json")];
		box.pvr("dm-apply", "web");
		expect(box.read("web/root.squashfs.hash")).toBe(hash);
		expect(JSON.parse(box.read("web/_dm/root.squashfs.json"))).toEqual(JSON.parse(manifest));
		expect(await box.pvpkg("status")).toBe("");
		const theirs = await checkout("verity-theirs", docker("web"));
		theirs.pvr("dm-convert", "web", "root.squashfs");
		const made = theirs.read("web/root.squashfs.hash");
		theirs.pvr("add", ".");
		theirs.pvr("commit");
		await theirs.pvpkg("dm-apply");
		expect(theirs.read("web/root.squashfs.hash")).toBe(made);
		expect(await theirs.pvpkg("status")).toBe("");
		expect(JSON.parse(theirs.read("web/run.json"))["root-volume"]).toBe("dm:root.squashfs");
	});
});

/** A checkout, and both programs in it. */
class Box {
	readonly #place: Workplace;
	readonly #name: string;
	readonly #store: string;

	constructor(place: Workplace, name: string, store: string) {
		[this.#place, this.#name, this.#store] = [place, name, store];
	}

	path(name: string): string {
		return this.#place.path(`${this.#name}/${name}`);
	}

	read(name: string): string {
		return readFileSync(this.path(name), "latin1");
	}

	write(name: string, text: string): void {
		writeFileSync(this.path(name), text);
	}

	async pvpkg(...args: readonly string[]): Promise<string> {
		const env = { PVPKG_CACHE_DIR: this.#store, PVPKG_TIER: "fast" };
		const result = await this.#place.run(args, { cwd: this.path("."), env });
		if (result.code !== 0) throw new Error(`pvpkg ${args.join(" ")}: exit ${result.code}\n${result.stderr}`);
		return result.stdout;
	}

	pvr(...args: readonly string[]): string {
		const env = { PATH: process.env.PATH, HOME: this.#place.directory, PVR_DISABLE_SELF_UPGRADE: "true" };
		return execFileSync("pvr", args, {
			cwd: this.path("."),
			env,
			stdio: ["ignore", "pipe", "pipe"],
			encoding: "utf8",
		});
	}
}

/** Name and size of every member, sorted: pvr's order is random. */
function members(path: string): string[] {
	const lines = run("tar", "tvf", path).trim().split("\n");
	return lines
		.map((line) => line.split(/\s+/))
		.map((words) => `${words[5]} ${words[2]}`)
		.sort();
}
