import { mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Workplace } from "../support/command-line.js";
import { needs } from "../support/needs.js";
import { readBlocks } from "../support/page-blocks.js";
import { run } from "../support/programs.js";

// actionlint knows GitHub's syntax, contexts and types, and reads the shell lines where shellcheck is there.

const RECIPE = "docs/recipes/github/README.md";
let place: Workplace;
beforeAll(() => {
	place = new Workplace();
});
afterAll(() => place.remove());

const WORKFLOWS: Readonly<Record<string, () => Promise<string>>> = {
	"our own": async () => resolve(".github/workflows/test.yml"),
	"what `ci init github` writes": async () => {
		mkdirSync(place.path("tools"));
		writeFileSync(place.path("tools/pvpkg.tgz"), "the release of pvpkg");
		const { code, stderr } = await place.run(["ci", "init", "github", "--tarball", "tools/pvpkg.tgz"]);
		expect(code, stderr).toBe(0);
		return place.path(".github/workflows/packages.yml");
	},
	"that of the recipe": async () => {
		const [block] = readBlocks(RECIPE).filter(({ language }) => language === "yaml");
		writeFileSync(place.path("recipe.yml"), `on: push\n${block!.text}`);
		return place.path("recipe.yml");
	},
};

needs("go", "actionlint").test.each(Object.entries(WORKFLOWS))(
	"a workflow has no fault: %s",
	async (_, find) => {
		expect(run("actionlint", "-no-color", await find())).toBe("");
	},
);

test("the recipe for GitHub has one workflow", () => {
	expect(readBlocks(RECIPE).filter(({ language }) => language === "yaml")).toHaveLength(1);
});
