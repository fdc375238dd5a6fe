import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { RULES } from "../../src/verify/index.js";

test("every rule has one id, a reason and a remedy", () => {
	expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
	for (const { id, severity, reason, remedy } of RULES) {
		expect(id).toMatch(/^[A-Z]+(_[A-Z0-9]+)+$/);
		expect(["error", "warning", "note"], id).toContain(severity);
		expect(reason.length, id).toBeGreaterThan(10);
		expect(remedy.length, id).toBeGreaterThan(10);
	}
});

test("every finding that verify makes is of a rule", () => {
	const known = new Set(RULES.map(({ id }) => id));
	const rooms = ["src/pantavisor", "src/verify"];
	const files = rooms.flatMap((room) =>
		readdirSync(room, { recursive: true, encoding: "utf8" })
			.filter((path) => path.endsWith(".ts"))
			.map((path) => join(room, path)),
	);
	const used = files.flatMap((path) =>
		[...readFileSync(path, "utf8").matchAll(/\b(?:error|warning)\(\s*"([A-Z_]+)"/g)].map(([, id]) => id!),
	);
	expect(used.length).toBeGreaterThan(30);
	expect(used.filter((id) => !known.has(id))).toEqual([]);
});
