import { expect, test } from "vitest";
import { type Explanation, explainPart, renderLxcConfig } from "../../../src/pantavisor/lxc/index.js";
import { createRunManifest } from "../../../src/pantavisor/run/index.js";
import { VECTORS } from "../../support/pvr-vectors.js";
import { renderInput } from "../../support/rendering.js";

const INPUT = renderInput(
	{
		Entrypoint: ["/ep"],
		Cmd: ["a", "b c"],
		Env: ["A=1", "B=x=y"],
		User: "app",
		WorkingDir: "/w",
		Volumes: { "/v": {} },
		ExposedPorts: { "80/tcp": {} },
		StopSignal: "SIGQUIT",
	},
	{
		persistence: { "/p": "boot" },
		args: {
			PV_GROUP: "app",
			PV_DEBUG_MODE: "no",
			MY_ARG: [1],
			PV_NETWORK_IP: "10.0.0.2",
			PV_RESTART_POLICY: "sometimes",
			PV_RUNLEVEL: "app",
		},
	},
);

function about(subject: string, explanations: readonly Explanation[] = explainPart(INPUT)): Explanation {
	return explanations.find((explanation) => explanation.subject === subject)!;
}

test("tells what became of each setting", () => {
	expect(about("Cmd")).toEqual({
		subject: "Cmd",
		value: '["a","b c"]',
		lxc: ['lxc.init.cmd = /ep "a" "b c"'],
		run: [],
		notes: [],
	});
	expect(about("Env.B")).toMatchObject({ value: "x=y", lxc: ["lxc.environment = B=x=y"] });
	expect(about("Volumes./v")).toMatchObject({
		lxc: [expect.stringContaining("/volumes/web/docker--v v none")],
	});
	expect(about("args.PV_GROUP")).toMatchObject({ value: "app", run: ['group: "app"'], notes: [] });
	expect(about("args.PV_NETWORK_IP").notes).toEqual(["adds nothing here (it decides: address in the pool)"]);
	expect(about("persistence./p").run[0]).toContain('"docker--p":{"persistence":"boot"}');
});

test("tells what could not be carried over", () => {
	expect(about("User").notes[0]).toMatch(/not carried over: the program runs as root/);
	expect(about("ExposedPorts").notes[0]).toMatch(/not carried over/);
	expect(about("StopSignal").notes[0]).toMatch(/not carried over/);
	expect(about("args.MY_ARG").notes).toEqual(["unknown: kept in src.json, without effect"]);
	expect(about("args.PV_DEBUG_MODE").notes).toEqual(["no switches it on, as any value does; leave it out"]);
	expect(about("args.PV_RESTART_POLICY").notes).toEqual(["unknown value, expected one of system, container"]);
	expect(about("args.PV_RUNLEVEL").notes[0]).toMatch(/deprecated/);
});

test("a user that is carried over cannot write to the volumes that a device makes for root", () => {
	const notes = (persistence: Record<string, string>, User = "7:8") =>
		about(
			"User",
			explainPart(renderInput({ Cmd: ["/x"], User }, { args: { PVPKG_IMAGE_USER: "1" }, persistence })),
		).notes;
	expect(notes({ "/data": "permanent" })[0]).toMatch(
		/^cannot write to \/data: devices make volumes for root/,
	);
	expect(notes({ "ovl:/data": "permanent", "lxc-overlay": "permanent" })).toEqual([]);
	expect(notes({ "/data": "permanent" }, "0:0")).toEqual([]);
});

test("a container that is only mounted uses no command", () => {
	const explanations = explainPart(renderInput({ Cmd: ["/x"] }, { args: { PV_STATUS_GOAL: "MOUNTED" } }));
	expect(about("Cmd", explanations)).toMatchObject({
		lxc: [],
		notes: ["not used: the container is only mounted, it runs nothing"],
	});
});

test.each(VECTORS)("every line and member has its reason: $id", ({ name, source, image, group }) => {
	const input = { ...renderInput(JSON.parse(image), JSON.parse(source)), name, group };
	const explanations = explainPart(input);
	const lines = new Set(explanations.flatMap(({ lxc }) => lxc.flatMap((text) => text.split("\n"))));
	const conf = renderLxcConfig(input)?.trimEnd().split("\n") ?? [];
	expect(conf.filter((text) => !lines.has(text))).toEqual([]);
	const members = new Set(explanations.flatMap(({ run }) => run.map((text) => text.split(":")[0])));
	expect([...createRunManifest(input).keys()].filter((member) => !members.has(member))).toEqual([]);
});

test.each([
	[{ PV_LXC_NAMESPACE_KEEP: "user cgroup" }, 1],
	[{ PV_LXC_NAMESPACE_KEEP: "user cgroup", LXC_MOUNT_AUTO_GROUP: "cgroup:ro" }, 1],
	[{ PV_LXC_NAMESPACE_KEEP: "user cgroup", LXC_MOUNT_AUTO_GROUP: "" }, 0],
	[{ PV_LXC_NAMESPACE_KEEP: "user net" }, 0],
])("a kept cgroup namespace beside a mount of cgroup is noted: %j", (args, notes) => {
	const explanations = explainPart(renderInput({ Cmd: ["/x"] }, { args }));
	expect(about("args.PV_LXC_NAMESPACE_KEEP", explanations).notes).toHaveLength(notes);
});
