import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { renderLxcConfig } from "../../src/pantavisor/lxc/index.js";
import { lintLxcConfig } from "../../src/pantavisor/rules/index.js";
import { have, run, shared } from "../support/programs.js";
import { VECTORS } from "../support/pvr-vectors.js";
import { renderInput, withArguments } from "../support/rendering.js";

const script = shared("tools/lxc-parse.sh");
let directory: string;
beforeAll(() => {
	directory = mkdtempSync(join(tmpdir(), "pvpkg-liblxc-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** What liblxc understood of a configuration. @throws Error when it refuses it */
function parse(conf: string): string {
	const path = join(directory, "conf");
	writeFileSync(path, conf);
	return run(script!, path);
}

describe.skipIf(!have("lxc-info") || script === undefined)("liblxc reads", () => {
	const runnable = VECTORS.filter(({ conf }) => conf.length > 0);

	test.each(runnable.filter(({ id }) => id !== "v10-lists"))("$id", ({ name, source, image, group }) => {
		const input = { ...renderInput(JSON.parse(image), JSON.parse(source)), name, group };
		expect(parse(renderLxcConfig(input)!)).toContain("lxc.init.cmd");
		for (const compat of ["036", "046"] as const) parse(renderLxcConfig({ ...input, compat })!);
	});

	test("all but the capabilities of v10-lists, which are kept and dropped at once", () => {
		const { name, source, image } = VECTORS.find(({ id }) => id === "v10-lists")!;
		const input = { ...renderInput(JSON.parse(image), JSON.parse(source)), name };
		const conf = renderLxcConfig(input)!;
		expect(() => parse(conf)).toThrow();
		expect(lintLxcConfig(conf, "conf").map(({ code }) => code)).toEqual(["LXC_CAPABILITIES"]);
		expect(parse(conf.replace(/^lxc\.cap\.drop.*\n/m, ""))).toContain("lxc.cap.keep = net_raw");
	});

	test.each([
		["PV_LXC_NETWORK_TYPE", "empty"],
		["PV_LXC_CAP_KEEP", ["net_admin NET_RAW", "sys_time"]],
		["PV_LXC_NAMESPACE_KEEP", "user"],
		["LXC_MOUNT_AUTO_GROUP", "cgroup-full:rw"],
	])("%s", (name, value) => {
		parse(renderLxcConfig(withArguments({ [name]: value }))!);
	});

	test("the program and the environment as they were meant", () => {
		const text = parse(renderLxcConfig(renderInput({ Entrypoint: ["/ep", "-x"], Env: ["A=x y", "B="] }))!);
		expect(text).toContain('lxc.init.cmd = /ep "-x"');
		expect(text).toContain("A=x y");
	});

	test.each(["lxc.init.groups = x\n", "lxc.mount.entry = a b\n", "hello\n"])(
		"what we warn of: %j",
		(text) => {
			expect(lintLxcConfig(text, "conf")).toHaveLength(1);
		},
	);
});
