import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { catalogueOf } from "../support/catalogue-trees.js";
import { file } from "../support/inodes.js";
import { needs } from "../support/needs.js";
import { run } from "../support/programs.js";

needs("go").describe("go", () => {
	let work: string;
	const at = (...path: string[]): string => join(work, ...path);

	beforeAll(() => {
		work = mkdtempSync(join(tmpdir(), "pvpkg-go-"));
		mkdirSync(at("local"));
		writeFileSync(at("local/go.mod"), "module example.com/Local/lib\n\ngo 1.17\n");
		writeFileSync(at("local/lib.go"), "package lib\n\nfunc F() {}\n");
		mkdirSync(at("main"));
		writeFileSync(
			at("main/go.mod"),
			"module example.com/main\n\ngo 1.17\n\nrequire example.com/Local/lib v1.2.3\n\nreplace example.com/Local/lib => ../local\n",
		);
		writeFileSync(
			at("main/main.go"),
			'package main\n\nimport lib "example.com/Local/lib"\n\nfunc main() { lib.F() }\n',
		);
	});
	afterAll(() => rmSync(work, { recursive: true, force: true }));

	test.each([
		["amd64", "-s -w"],
		["mips", ""],
	])("the modules of a program for %s are those that go version -m lists", (architecture, flags) => {
		const path = at(`program-${architecture}`);
		const env = { ...process.env, GOARCH: architecture, GOOS: "linux", CGO_ENABLED: "0", GOPROXY: "off" };
		const args = [
			"build",
			"-C",
			at("main"),
			"-trimpath",
			"-buildvcs=false",
			`-ldflags=${flags}`,
			"-o",
			path,
			".",
		];
		const { status, stderr } = spawnSync("go", args, { env, encoding: "utf8" });
		expect(status, stderr).toBe(0);

		const lines = run("go", "version", "-m", path)
			.split("\n")
			.map((line) => line.trim().split("\t"));
		const version = lines[0]![0]!.split(" ")[1]!.replace(/^go/, "");
		const listed = lines.flatMap(([word, name, stated]) => {
			if (word === "mod") return [`${name} ${stated}`];
			// The directory that replaces it has no version.
			return word === "dep" ? [`${name} `] : [];
		});
		const { components } = catalogueOf({ "bin/program": file(readFileSync(path), { mode: 0o755 }) });
		const found = components.map(
			(one) => `${one.namespace && `${one.namespace}/`}${one.name} ${one.version}`,
		);
		expect(found.sort()).toEqual([...listed, `stdlib ${version}`].sort());
		expect(found).toHaveLength(3);
	});

	test("go's own program states that it is made of the standard library", () => {
		const path = run("go", "env", "GOROOT").trim();
		const { components } = catalogueOf({
			"bin/go": file(readFileSync(join(path, "bin/go")), { mode: 0o755 }),
		});
		expect(components.map(({ name }) => name)).toContain("stdlib");
	});
});
