import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Workplace } from "../support/command-line.js";
import { needs } from "../support/needs.js";
import { run } from "../support/programs.js";
import { runShell } from "../support/shell.js";

// gitlab-ci-local reads pipelines with GitLab's schema. What `ci init gitlab` writes runs in released.test.ts.

needs("gitlab-ci-local").describe("our own pipeline for GitLab", () => {
	let place: Workplace;

	/** Writes a program that only says with which words it was called. */
	function pretend(path: string): void {
		writeFileSync(place.path(path), `#!/bin/sh\necho "called: $(basename "$0") $*"\n`);
		chmodSync(place.path(path), 0o755);
	}

	beforeAll(() => {
		place = new Workplace();
		for (const folder of ["bin", ".ci"]) mkdirSync(place.path(folder));
		for (const program of ["bin/npm", ".ci/run"]) pretend(program);
		copyFileSync(".gitlab-ci.yml", place.path(".gitlab-ci.yml"));
		const git = (...args: string[]) => run("git", "-C", place.directory, ...args);
		git("init", "-q", "-b", "main");
		git("remote", "add", "origin", "https://gitlab.example/team/pvpkg.git");
		git("add", ".gitlab-ci.yml", ".ci/run");
	});
	afterAll(() => place.remove());

	const read = (words: string): Promise<string> =>
		runShell(`gitlab-ci-local ${words}`, {
			cwd: place.directory,
			env: { HOME: place.directory, PATH: [place.path("bin"), process.env.PATH].join(delimiter) },
		});

	test("has a job for each version of Node, and one with the real programs", async () => {
		const jobs = JSON.parse(await read("--list-json")) as { readonly name: string }[];
		expect(jobs.map(({ name }) => name)).toEqual([
			...["20.19", "22", "24"].map((version) => `plain: [${version}]`),
			"real-programs",
		]);
	});

	test.each([
		["plain: [22]", ["npm ci", "npm start", "npm cit"]],
		["real-programs", ["run "]],
	])("runs the commands of the README: %s", async (job, commands) => {
		const output = await read(`--force-shell-executor '${job}' 2>&1`);
		const called = [...output.matchAll(/> called: (.*)/g)].map(([, words]) => words);
		expect(called.map((words) => words?.trim())).toEqual(commands.map((words) => words.trim()));
		expect(output).toContain("PASS");
	});
});
