import fc from "fast-check";
import { expect, test } from "vitest";
import { renderLxcConfig } from "../../src/pantavisor/lxc/index.js";
import { DEVICE_SPLITTERS } from "../../src/pantavisor/lxc/splitter.js";
import { lintLxcConfig } from "../../src/pantavisor/rules/index.js";
import { type LxcReading, readLxcConfig } from "../support/liblxc.js";
import { REFUSED_LINES, TAKEN_LINES } from "../support/lxc-values.js";
import { needs } from "../support/needs.js";
import { VECTORS } from "../support/pvr-vectors.js";
import { renderInput, withArguments } from "../support/rendering.js";

needs("lxc-info").describe("liblxc (lxc-info) reads", () => {
	const runnable = VECTORS.filter(({ conf }) => conf.length > 0);
	const parse = (conf: string): string => readLxcConfig(conf, ({ value }) => value("lxc.init.cmd"));

	test.each(runnable.filter(({ id }) => id !== "v10-lists"))("$id", ({ name, source, image, group }) => {
		const input = { ...renderInput(JSON.parse(image), JSON.parse(source)), name, group };
		expect(parse(renderLxcConfig(input)!)).not.toBe("");
		for (const compat of ["036", "046"] as const) parse(renderLxcConfig({ ...input, compat })!);
	});

	test("all but the capabilities of v10-lists, which are kept and dropped at once", () => {
		const { name, source, image } = VECTORS.find(({ id }) => id === "v10-lists")!;
		const input = { ...renderInput(JSON.parse(image), JSON.parse(source)), name };
		const conf = renderLxcConfig(input)!;
		expect(() => parse(conf)).toThrow();
		expect(lintLxcConfig(conf, "conf").map(({ code }) => code)).toEqual(["LXC_CAPABILITIES"]);
		const kept = conf.replace(/^lxc\.cap\.drop.*\n/m, "");
		expect(readLxcConfig(kept, ({ value }) => value("lxc.cap.keep"))).toContain("net_raw");
	});

	test.each([
		["PV_LXC_NETWORK_TYPE", "empty"],
		["PV_LXC_CAP_KEEP", ["net_admin NET_RAW", "sys_time"]],
		["PV_LXC_NAMESPACE_KEEP", "user"],
		["LXC_MOUNT_AUTO_GROUP", "cgroup-full:rw"],
	])("%s", (name, value) => {
		parse(renderLxcConfig(withArguments({ [name]: value }))!);
	});

	test.each(["lxc.init.groups = x\n", "lxc.mount.entry = a b\n", "hello\n"])(
		"what we warn of: %j",
		(text) => {
			expect(lintLxcConfig(text, "conf")).toHaveLength(1);
		},
	);

	test("user, group and stop signal of an image", () => {
		const args = { PVPKG_IMAGE_USER: "1", PVPKG_IMAGE_STOP_SIGNAL: "1" };
		const conf = renderLxcConfig(renderInput({ Cmd: ["/x"], User: "7:8", StopSignal: "SIGQUIT" }, { args }))!;
		const read = ({ value }: LxcReading) => ["uid", "gid"].map((id) => value(`lxc.init.${id}`));
		expect(readLxcConfig(conf, read)).toEqual(["7", "8"]);
		expect(readLxcConfig(conf, ({ value }) => value("lxc.signal.halt"))).toBe("3");
	});

	test.each(REFUSED_LINES)("not the value that verify refuses: %s", (line) => {
		expect(() => readLxcConfig(`${line}\n`, () => undefined)).toThrow();
	});

	test.each(TAKEN_LINES)("the value that verify takes: %s", (line) => {
		readLxcConfig(`${line}\n`, () => undefined);
	});

	// Field faults 5.1 and 5.2: 40 configurations of 25 values each, with one directory and one command.
	test("1,000 random environments, directories and commands as they were meant", () => {
		const character = fc.constantFrom(..."aZ09 \t\"'\\=/$#;,.-[]{}\xe4");
		const text = fc.string({ unit: character, maxLength: 12 });
		const words = fc.array(
			text.filter((word) => !/^$|["\\]$/.test(word)),
			{ minLength: 1, maxLength: 5 },
		);
		const image = fc.record({
			Env: fc.array(text, { minLength: 25, maxLength: 25 }),
			// liblxc joins slashes; the path stays the same.
			WorkingDir: text.map((path) => `/${path.replaceAll("/", "_")}`),
			Cmd: words,
		});
		fc.assert(
			fc.property(image, ({ Env, WorkingDir, Cmd }) => {
				const entries = Env.map((value, at) => `V${at}=${value}`);
				const conf = renderLxcConfig(renderInput({ Env: entries, WorkingDir, Cmd }))!;
				readLxcConfig(conf, ({ value }) => {
					expect(value("lxc.environment").split("\n")).toEqual(entries);
					expect(value("lxc.init.cwd")).toBe(WorkingDir);
					const started = DEVICE_SPLITTERS.map(({ split }) => split(value("lxc.init.cmd")));
					expect(started).toContainEqual(Cmd);
				});
			}),
			{ numRuns: 40 },
		);
	});
});
