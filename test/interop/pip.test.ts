import { dirname } from "node:path";
import { expect, test } from "vitest";
import { catalogueOf } from "../support/catalogue-trees.js";
import { filesBelow } from "../support/directory-files.js";
import { needs } from "../support/needs.js";
import { run } from "../support/programs.js";

interface Inspected {
	readonly metadata: { readonly name: string; readonly version: string };
	readonly metadata_location: string;
}

needs("python3", "pip").describe("pip", () => {
	test("the distributions of this machine are those that pip inspect lists", () => {
		const stdout = run("python3", "-m", "pip", "inspect", "--local");
		const installed: readonly Inspected[] = JSON.parse(stdout).installed;
		const listed = installed.map(({ metadata: { name, version } }) => {
			return `${name.toLowerCase().replace(/[-_.]+/g, "-")} ${version}`;
		});
		const directories = new Set(installed.map(({ metadata_location: place }) => dirname(place)));
		const found = [...directories].flatMap((directory) => {
			const isTop = /^[^/]+\.(?:dist-info\/METADATA|egg-info\/PKG-INFO|egg-info)$/;
			const { components } = catalogueOf(filesBelow(directory, (path) => isTop.test(path)));
			return components.map(({ name, version }) => `${name} ${version}`);
		});
		expect(new Set(found)).toEqual(new Set(listed));
		expect(listed.length).toBeGreaterThan(0);
	});
});
