import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { catalogueOf } from "../support/catalogue-trees.js";
import { filesBelow } from "../support/directory-files.js";
import { have } from "../support/programs.js";

interface Listed {
	readonly version?: string;
	readonly dependencies?: Readonly<Record<string, Listed>>;
}

function namesOf({ dependencies = {} }: Listed): string[] {
	return Object.entries(dependencies).flatMap(([name, one]) =>
		// A dependency that is optional and not installed has no version.
		one.version === undefined ? [] : [`${name} ${one.version}`, ...namesOf(one)],
	);
}

describe.skipIf(!have("npm"))("npm", () => {
	test("this project's packages are those that npm ls lists", () => {
		const { stdout } = spawnSync("npm", ["ls", "--all", "--json"], { encoding: "utf8", maxBuffer: 1 << 28 });
		const listed = new Set(namesOf(JSON.parse(stdout)));
		const manifests = filesBelow("node_modules", (path) => path.endsWith("package.json"));
		const files = Object.entries(manifests).map(([path, bytes]) => [`app/node_modules/${path}`, bytes]);
		const { components, incomplete } = catalogueOf(Object.fromEntries(files));
		const found = new Set(
			components.map(({ namespace, name, version }) => `${namespace && `${namespace}/`}${name} ${version}`),
		);
		expect([...found].sort()).toEqual([...listed].sort());
		expect(incomplete).toEqual([]);
	});
});
