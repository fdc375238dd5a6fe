import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readGitFacts } from "../../src/cli/git.js";
import { formatBuildVersion } from "../../src/internal.js";
import { Workplace } from "../support/command-line.js";

let place: Workplace;
const git = (directory: string, ...args: string[]): string => {
	const identity = ["-c", "user.name=test", "-c", "user.email=test@example.invalid"];
	return execFileSync("git", [...identity, ...args], {
		cwd: place.path(directory),
		encoding: "utf8",
		stdio: "pipe",
	});
};

/** A repository of four commits, the second of which has a tag. */
beforeEach(() => {
	place = new Workplace();
	git(".", "init", "-q", "origin");
	for (const name of ["1", "2", "3", "4"]) {
		git("origin", "commit", "-q", "--allow-empty", "-m", name);
		if (name === "2") git("origin", "tag", "v1");
	}
});
afterEach(() => place.remove());

function versionOf(directory: string): string | undefined {
	return formatBuildVersion(readGitFacts(place.path(directory)));
}

const clone = (depth: number): unknown =>
	git(".", "clone", "-q", `--depth=${depth}`, `file://${place.path("origin")}`, "clone");

test("a shallow clone that reaches the tag names the commit as the whole one does", () => {
	clone(3);
	git("clone", "fetch", "-q", "--tags", "--depth=3");
	expect(versionOf("clone")).toBe(versionOf("origin"));
	expect(versionOf("origin")).toMatch(/^2-g[0-9a-f]+$/);
});

test.each([1, 2])("a shallow clone of %i commits is refused with its remedies", (depth) => {
	clone(depth);
	expect(() => versionOf("clone")).toThrow(
		/the clone is shallow.*GIT_DEPTH: 0.*git fetch --unshallow.*--build-version/,
	);
});

test("build says what git says, and needs no git where the name has no build version", async () => {
	writeFileSync(place.path("pvpkg.json"), '{"name":"app","version":"1"}');
	const env = { GIT_CEILING_DIRECTORIES: place.path("..") };
	execFileSync("mkdir", ["-p", place.path("pvpkg/amd64/app")]);
	const none = await place.run(["build", "amd64", "--no-sign"], { env });
	expect(none.stderr).toContain("not a git repository");
	expect(none.code).toBe(3);
	const other = await place.run(["build", "amd64", "--no-sign", "--name-template", "gitlab"], { env });
	expect(other.stderr).not.toContain("BUILD_VERSION");
});
