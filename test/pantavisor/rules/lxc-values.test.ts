import { expect, test } from "vitest";
import { lintLxcConfig } from "../../../src/pantavisor/rules/index.js";
import { REFUSED_LINES, TAKEN_LINES } from "../../support/lxc-values.js";

// docs/formats/devices.md#liblxc
test.each(REFUSED_LINES)("a line that liblxc refuses is an error: %s", (line) => {
	const found = lintLxcConfig(`${line}\n`, "web/lxc.container.conf");
	expect(found).toMatchObject([{ severity: "error", code: "LXC_VALUE" }]);
});

test.each(TAKEN_LINES)("a line that it takes is none: %s", (line) => {
	expect(lintLxcConfig(`${line}\n`, "web/lxc.container.conf")).toEqual([]);
});

test("blanks that C does not know belong to a line", () => {
	for (const line of ["\u00a0lxc.tty.max = x", "\ufefflxc.tty.max = x"])
		expect(lintLxcConfig(line, "c")).toMatchObject([{ severity: "warning", code: "LXC_LINE" }]);
});
