import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { optimiserFlag } from "../../src/cli/optimise-late.js";

test("only Node 20 gets the flag, where processors are few", () => {
	expect(optimiserFlag("v20.19.0", 2)).toMatch(/^--interrupt-budget=\d+$/);
	expect(optimiserFlag("v20.20.2", 4)).toBeUndefined();
	expect(optimiserFlag("v22.12.0", 2)).toBeUndefined();
	expect(optimiserFlag("v24.0.0", 1)).toBeUndefined();
});

test("this Node knows the flag that it gets", () => {
	const flag = optimiserFlag(process.version, 1);
	const run = spawnSync(process.execPath, [...(flag === undefined ? [] : [flag]), "--eval", "0"]);
	expect([run.status, run.stderr.toString()]).toEqual([0, ""]);
});
