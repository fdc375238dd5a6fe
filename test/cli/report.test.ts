import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Workplace } from "../support/command-line.js";

const work = new Workplace();
afterAll(() => work.remove());

beforeAll(async () => {
	for (const [name, body] of [
		["old", "before"],
		["new", "after, and longer"],
	] as const) {
		mkdirSync(work.path(`${name}/bin`), { recursive: true });
		writeFileSync(work.path(`${name}/bin/tool`), body);
		writeFileSync(work.path(`${name}/same`), "same");
		mkdirSync(work.path(`out-${name}`));
		for (const platform of ["amd64", "arm64v8"]) {
			const os = platform === "amd64" ? "linux/amd64" : "linux/arm64";
			const output = `out-${name}/web-${name}.${platform}.tgz`;
			const made = await work.run([
				"export",
				`dir:${name}`,
				"web",
				"-p",
				os,
				"-o",
				output,
				"--config",
				"Entrypoint=/bin/tool",
			]);
			expect(made.stderr + made.code).toMatch(/0$/);
		}
	}
});

test("diff OLD NEW pairs packages by platform", async () => {
	const { code, stdout } = await work.run(["diff", "out-old", "out-new", "--json"]);
	const { spec, platforms } = JSON.parse(stdout);
	expect([code, spec]).toEqual([0, "pvpkg/diff@1"]);
	expect(platforms.map(({ platform }: { platform: string }) => platform)).toEqual(["amd64", "arm64v8"]);
	expect(
		platforms[0].files.map(({ path, change }: { path: string; change: string }) => [path, change]),
	).toContainEqual(["bin/tool", "content"]);
	expect(platforms[0].new.sha256).toMatch(/^[0-9a-f]{64}$/);
});

test("diff of two packages prints what the update costs", async () => {
	const { code, stdout } = await work.run(["diff", "out-old/web-old.amd64.tgz", "out-new/web-new.amd64.tgz"]);
	expect(code).toBe(0);
	expect(stdout).toMatch(/UPDATE, WHOLE OBJECTS +4\.17 kB/);
	expect(stdout).toMatch(/bin\/tool +changed/);
});

test("a budget that is exceeded ends with exit code 5, after all reports are written", async () => {
	writeFileSync(work.path("pvpkg.json"), '{\n"name": "web",\n"budgets": {"*": {"ota": "1K"}}}\n');
	const files = ["--markdown", "r.md", "--gitlab-metrics", "m.txt", "--gitlab-codequality", "q.json"];
	const { code, stdout, stderr } = await work.run(["diff", "out-old", "out-new", ...files]);
	expect(code).toBe(5);
	expect(stdout).toContain("BUDGET amd64 ota: 4.17 kB of 1.02 kB: EXCEEDED");
	expect(stderr).toContain("2 exceeded");
	expect(JSON.parse(readFileSync(work.path("q.json"), "utf8"))[0].location).toEqual({
		path: "pvpkg.json",
		lines: { begin: 3 },
	});
	expect(readFileSync(work.path("r.md"), "utf8")).toContain("❌ exceeded");
	expect((await work.run(["diff", "out-old", "out-new", "--budget", "ota=1M"])).code).toBe(5);
	writeFileSync(work.path("pvpkg.json"), "{}");
	expect((await work.run(["diff", "out-old", "out-new", "--budget", "ota=1M"])).code).toBe(0);
});

test("inspect --sizes accounts for every byte", async () => {
	const { code, stdout } = await work.run(["inspect", "out-new/web-new.amd64.tgz", "--sizes", "--json"]);
	expect(code).toBe(0);
	const [volume] = JSON.parse(stdout).platforms[0].volumes;
	const sum = volume.new.rows.reduce((total: number, { size }: { size: number }) => total + size, 0);
	expect(sum).toBe(volume.new.size);
});

test("what is not a package is named", async () => {
	const empty = await work.run(["diff", "old", "out-new"]);
	expect([empty.code, empty.stderr]).toEqual([
		3,
		expect.stringContaining("old: find packages: expected .tgz files or checkouts"),
	]);
	expect((await work.run(["diff", "out-old"])).code).toBe(2);
	expect((await work.run(["diff", "out-old", "gone.tgz"])).code).toBe(4);
});
