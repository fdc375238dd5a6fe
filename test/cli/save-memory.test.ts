import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const MODULE = fileURLToPath(new URL("../../src/cli/save-memory.js", import.meta.url));

test("this Node knows the flag that it gets", () => {
	const script = `import(${JSON.stringify(`file://${MODULE}`)}).then(({ saveMemory }) => saveMemory())`;
	const { status, stdout, stderr } = spawnSync(process.execPath, ["--eval", script], { encoding: "utf8" });
	expect([status, stdout, stderr]).toEqual([0, "", ""]);
});
