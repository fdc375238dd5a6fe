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
