import { describe, expect, test } from "vitest";
import { renderLxcConfig } from "../../../src/pantavisor/lxc/index.js";
import { renderInput, withArguments } from "../../support/rendering.js";

const command = (image: Record<string, never>, compat?: "046"): string =>
	/^lxc\.init\.cmd =(.*)$/m.exec(renderLxcConfig(renderInput(image, {}, compat))!)![1]!;
const lines = (key: string, conf: string | undefined): string[] =>
	conf!.split("\n").filter((line) => line.startsWith(`${key} =`));

// docs/formats/pvr.md#the-command
describe("lxc.init.cmd", () => {
	test.each([
		["one", { Cmd: ["/x"] }, " /x", " /x"],
		["several", { Cmd: ["/x", "a", "b c"] }, ' /x "a" "b c"', ' /x "a" "b c"'],
		["both", { Entrypoint: ["/e", "-x"], Cmd: ["a", "b c"] }, ' /e "-x" "a" "b c"', ' /e "-x" "a""b c"'],
		["both, Cmd a text", { Entrypoint: ["/e"], Cmd: "a b" }, ' /e "a b"', ' /e "a b"'],
		["Entrypoint a text", { Entrypoint: "/e -v", Cmd: ["a", "b"] }, ' /e -v "a" "b"', " /e -v"],
		["Cmd a text", { Cmd: "/x -v" }, " /x -v", " /x -v"],
		["nothing", {}, " /sbin/init", " /sbin/init"],
		["nulls and empties", { Entrypoint: [], Cmd: "" }, " /sbin/init", " /sbin/init"],
		["an empty program", { Entrypoint: [""], Cmd: ["/x", "a"] }, ' /x "a"', ' "/x""a"'],
		["an empty Cmd", { Cmd: [""] }, " /sbin/init", ""],
		["an empty argument", { Cmd: ["/x", ""] }, ' /x ""', ' /x ""'],
		["double quotes", { Cmd: ["/x", 'a"b'] }, ' /x "a\\"b"', ' /x "a"b"'],
		["both kinds of quotes", { Cmd: ["/x", `a"b'c`] }, ` /x "a\\"b'c"`, ` /x "a"b'c"`],
		["a backslash", { Cmd: ["/x", "c:\\dir"] }, ' /x "c:\\\\dir"', ' /x "c:\\dir"'],
		["a program with a space", { Cmd: ["/x y", "a"] }, ' ""/x y" "a""', ' /x y "a"'],
		["a program with a space, alone", { Cmd: ["/x y"] }, ' ""/x y""', " /x y"],
		["a program with an apostrophe", { Cmd: ["/it's", "a b"] }, ` ""/it's" "a b""`, ` /it's "a b"`],
	])("%s", (_, image, corrected, pvr) => {
		expect(command(image as never)).toBe(corrected);
		expect(command(image as never, "046")).toBe(pvr);
	});

	test.each([
		["an empty word beside one that ends in a quote", { Cmd: ["/x", "", 'a"'] }, "ERR_LXC_VALUE"],
		["a line break", { Cmd: ["/x", "a\nlxc.autodev = 0"] }, "ERR_IMAGE_SETTINGS"],
		["a number", { Cmd: ["/x", 1] }, "ERR_IMAGE_SETTINGS"],
	])("%s has no spelling", (_, image, code) => {
		expect(() => command(image as never)).toThrowError(expect.objectContaining({ code }));
	});
});

// Field fault 5.2: liblxc trims every value, and takes one pair of quotes round the whole of it away.
describe("values that liblxc would change", () => {
	const image = { Env: ["PS1=$ ", 'A="x"', "B=b"], WorkingDir: "/srv/x " };

	test("are wrapped in one more pair of quotes", () => {
		const conf = renderLxcConfig(
			renderInput(image, { args: { PV_LXC_EXTRA_ENV: ["C= c ", '"D=d"', "E=e"] } }),
		);
		expect(lines("lxc.environment", conf)).toEqual([
			'lxc.environment = "PS1=$ "',
			'lxc.environment = A="x"',
			"lxc.environment = B=b",
			'lxc.environment = "C= c "',
			'lxc.environment = ""D=d""',
			"lxc.environment = E=e",
		]);
		expect(lines("lxc.init.cwd", conf)).toEqual(['lxc.init.cwd = "/srv/x "']);
	});

	test("are pvr's own bytes where a pvr is asked for", () => {
		const conf = renderLxcConfig(renderInput(image, {}, "046"));
		expect(lines("lxc.environment", conf)[0]).toBe("lxc.environment = PS1=$ ");
	});
});

// Field faults 5.3 and 5.4
describe("the image's user and stop signal", () => {
	const image = { Cmd: ["/x"], User: "1000:1001", StopSignal: "quit" };
	const asked = { args: { PVPKG_IMAGE_USER: "1", PVPKG_IMAGE_STOP_SIGNAL: "1" } };
	const carried = (conf: string | undefined) =>
		conf!.split("\n").filter((line) => /init.[ug]id|halt/.test(line));

	test("stay out, as with pvr", () => {
		expect(carried(renderLxcConfig(renderInput(image)))).toEqual([]);
	});

	test("are carried over where an argument asks for it", () => {
		const expected = ["lxc.init.uid = 1000", "lxc.init.gid = 1001", "lxc.signal.halt = SIGQUIT"];
		expect(carried(renderLxcConfig(renderInput(image, asked)))).toEqual(expected);
	});

	test.each([
		["7", ["lxc.init.uid = 7", "lxc.init.gid = 0"]],
		["", []],
	])("user %j", (User, expected) => {
		const conf = renderLxcConfig(renderInput({ Cmd: ["/x"], User }, asked));
		expect(carried(conf)).toEqual(expected);
	});

	test.each([["3"], ["SIGRTMIN+3"], ["SIGQUIT"]])("signal %s", (StopSignal) => {
		expect(carried(renderLxcConfig(renderInput({ Cmd: ["/x"], StopSignal }, asked)))).toEqual([
			`lxc.signal.halt = ${StopSignal}`,
		]);
	});

	test.each([
		["a user by name", { User: "web" }, "PVPKG_IMAGE_USER: render: expected UID[:GID]"],
		["a signal that is none", { StopSignal: "3 = x" }, "StopSignal: render: expected a signal"],
	])("refuse %s", (_, settings, message) => {
		expect(() => renderLxcConfig(renderInput({ Cmd: ["/x"], ...settings }, asked))).toThrow(message);
	});

	test("names of users have the numbers that the root file system gives them", () => {
		const input = renderInput({ Cmd: ["/x"], User: "web" }, asked);
		const conf = renderLxcConfig({ ...input, identity: { uid: 33, gid: 34 } });
		expect(carried(conf)).toEqual(["lxc.init.uid = 33", "lxc.init.gid = 34"]);
	});
});

describe("image settings", () => {
	test("config is laid over docker_config, null changes nothing", () => {
		const image = { Cmd: ["/old"], WorkingDir: "/w", Env: ["A=1"] };
		const conf = renderLxcConfig(
			renderInput(image, { config: { Cmd: ["/new"], WorkingDir: null, Env: [] } }),
		);
		expect(lines("lxc.init.cmd", conf)).toEqual(["lxc.init.cmd = /new"]);
		expect(lines("lxc.init.cwd", conf)).toEqual(["lxc.init.cwd = /w"]);
		expect(lines("lxc.environment", conf)).toEqual([]);
	});

	test.each([
		["Env without a value", { Env: ["HOME"] }, 'image config: Env[0]: expected NAME=value, got "HOME"'],
		["Env that is a text", { Env: "A=1" }, 'image config: Env: expected an array, got "A=1"'],
		["Env with a line break", { Env: ["A=1\nlxc.autodev = 0"] }, "expected a string on one line"],
		[
			"Volumes that are a list",
			{ Volumes: ["/a"] },
			"image config: Volumes: expected an object, got an array",
		],
		["WorkingDir that is a number", { WorkingDir: 1 }, "image config: WorkingDir: expected a string, got 1"],
	])("%s is refused by name", (_, image, message) => {
		expect(() => renderLxcConfig(renderInput(image))).toThrow(message);
	});
});

// docs/formats/pvr.md#arguments
describe("arguments of the wrong type are refused by name", () => {
	test.each([
		["PV_LXC_CAP_DROP", "sys_admin", /expected a JSON array \(see --arg-json\), got "sys_admin"/],
		["PV_LXC_CAP_KEEP", ["CAP_NET_RAW"], /expected names such as net_admin, got CAP_NET_RAW/],
		[
			"PVR_LXC_CGROUP_DEVICES_WHITE",
			[["a"]],
			/PVR_LXC_CGROUP_DEVICES_WHITE\[0\]: render: expected a string, got an array/,
		],
		["PVR_LXC_CGROUP_V1", { a: "b" }, /expected a JSON array/],
		["PV_LXC_EXTRA_ENV", ["A=1\nB"], /expected a string on one line/],
		["PV_VOLUME_IMPORTS", ["db:/x"], /expected CONTAINER:\[SUB@\]ORIGIN:DEST\[:MODE\], got "db:\/x"/],
		["PV_FILEIMPORTS", ["a:b"], /expected a string, got an array/],
		["PV_VOLUME_MOUNTS", 3, /expected a string, got 3/],
		["LXC_TTY_MAX", "many", /expected a number, got "many"/],
		["LXC_MOUNT_AUTO_SYS", ["sys"], /expected a string, got an array/],
		["PV_LXC_NETWORK_TYPE", 7, /expected a string, got 7/],
		["PV_LXC_EXTRA_CONF", ["a"], /expected a string, got an array/],
		["PV_STATUS_GOAL", {}, /expected a string, got an object/],
		["PV_RUN_TMPFS_PATH", "a\nb", /expected a string on one line/],
	])("%s", (name, value, message) => {
		expect(() => renderLxcConfig(withArguments({ [name]: value }))).toThrow(message);
		expect(() => renderLxcConfig(withArguments({ [name]: value }))).toThrow(name);
	});

	test("phys needs its interface, and a pool excludes an own network", () => {
		const fail = (args: Record<string, string>) => () => renderLxcConfig(withArguments(args));
		expect(fail({ PV_LXC_NETWORK_TYPE: "phys" })).toThrow(
			/PV_LXC_NETWORK_LINK: render: expected the interface/,
		);
		expect(fail({ PV_NETWORK_POOL: "p", PV_LXC_NETWORK_TYPE: "veth" })).toThrow(
			/excludes PV_LXC_NETWORK_TYPE/,
		);
		expect(fail({ PV_NETWORK_POOL: "p", PV_LXC_NETWORK_IPV4_ADDRESS: "x" })).toThrow(
			/excludes PV_LXC_NETWORK_IPV4_ADDRESS/,
		);
		expect(fail({ PV_NETWORK_POOL: "p", PV_LXC_EXTRA_CONF: "a = b\n lxc.net.0.type = veth" })).toThrow(
			/excludes PV_LXC_EXTRA_CONF/,
		);
		expect(fail({ PV_NETWORK_POOL: "p" })).not.toThrow();
	});
});

describe("what counts as given (2.1)", () => {
	test.each([
		["no", true, true],
		["0", true, true],
		["", false, false],
		[null, false, false],
		[false, false, false],
		[true, true, true],
		[0, false, true],
		[1, true, true],
		[[], false, false],
		[[0], true, true],
	])("%j", (value, corrected, pvr) => {
		const isOn = (compat?: "046") =>
			/console/.test(renderLxcConfig(withArguments({ PV_LXC_DISABLE_CONSOLE: value }, compat))!);
		expect([isOn(), isOn("046")]).toEqual([corrected, pvr]);
	});
});

test.each([
	["PV_STATUS_GOAL", "MOUNTED", false],
	["PV_STATUS_GOAL", "mounted", true],
	["PV_RUNLEVEL", "data", false],
	["PV_RUNLEVEL", "app", true],
])("%s %s: there is a configuration: %s", (name, value, exists) => {
	expect(renderLxcConfig(withArguments({ [name]: value })) !== undefined).toBe(exists);
});

// docs/formats/pvr.md#volumes-and-imports
describe("volumes", () => {
	const mounts = (source: Record<string, never>, image = {}): string[] =>
		lines("lxc.mount.entry", renderLxcConfig(renderInput(image, source))).slice(2);

	test("of image and persistence, in byte order; lxc-overlay is none", () => {
		const persistence = {
			"/z/": "boot",
			"/B": "boot",
			"ovl:/etc": "permanent",
			"lxc-overlay": "permanent",
			rel: "boot",
		};
		expect(mounts({ persistence } as never, { Volumes: { "/z": {}, "/ä": {} } })).toEqual([
			"lxc.mount.entry = /volumes/web/docker--B B none bind,rw,create=dir 0 0",
			"lxc.mount.entry = /volumes/web/docker--z z none bind,rw,create=dir 0 0",
			"lxc.mount.entry = /volumes/web/docker--ä ä none bind,rw,create=dir 0 0",
			"lxc.mount.entry = /volumes/web/dockerovl--etc etc overlay lowerdir=/volumes/web/root.squashfs/etc,upperdir=/volumes/web/dockerovl--etc/upper,workdir=/volumes/web/dockerovl--etc/work,create=dir 0 0",
			"lxc.mount.entry = /volumes/web/docker-rel rel none bind,rw,create=dir 0 0",
		]);
	});

	test.each([
		["/", "the root directory cannot be a volume"],
		["ovl:/", "the root directory cannot be a volume"],
		["nfs:/x", 'unknown scheme, expected a path or "ovl:" with a path, got "nfs"'],
		["/a b", "expected no spaces"],
		["/a,b", "commas"],
		["/a/../b", 'expected a path without "." and ".." components'],
	])("%s is refused", (key, message) => {
		expect(() => mounts({ persistence: { [key]: "boot" } } as never)).toThrow(message);
		expect(() => mounts({ persistence: { [key]: "boot" } } as never)).toThrow(`volume ${key}`);
	});

	test("two that would share a directory are refused", () => {
		expect(() => mounts({ persistence: { "/a/b": "boot", "/a-b": "boot" } } as never)).toThrow(
			"shares the directory docker--a-b with the volume /a-b",
		);
	});
});
