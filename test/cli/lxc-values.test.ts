import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Workplace } from "../support/command-line.js";
import { tarball } from "../support/tar-builder.js";
import { file } from "../support/tar-members.js";

// What liblxc and its splitters make of the lines that are written (by random
// values beside liblxc itself in test/interop/liblxc.test.ts).

let place: Workplace;
beforeAll(() => {
	place = new Workplace();
});
afterAll(() => place.remove());

/** The lines of lxc.container.conf for the configuration of an image. */
async function linesFor(config: object): Promise<string[]> {
	const source = { "#spec": "service-manifest-src@1", template: "builtin-lxc-docker", docker_config: config };
	writeFileSync(place.path("src.json"), JSON.stringify(source));
	const { code, stdout, stderr } = await place.run(["render", "src.json", "--name", "web"]);
	expect(code, stderr).toBe(0);
	return stdout.split("\n");
}

describe("the command", () => {
	test.each([
		["blanks and quotes", ["sh", "-c", 'echo "hello" > /x']],
		["both kinds of quotes", ["sh", "-c", `a "b" 'c'`]],
		["apostrophes", ["sh", "-c", "it's here"]],
		["backslashes", ["run", "c:\\dir d"]],
	])("of %s comes out of the device's splitter as it went in", async (_, Cmd) => {
		const line = (await linesFor({ Cmd })).find((text) => text.startsWith("lxc.init.cmd = "))!;
		expect(words(unwrapped(line.slice("lxc.init.cmd = ".length)))).toEqual(Cmd);
	});

	test("that begins and ends with a quote is wrapped once more, as liblxc takes one pair away", async () => {
		const lines = await linesFor({ Entrypoint: ["/opt/my app/run", "-x y"] });
		expect(lines).toContain('lxc.init.cmd = ""/opt/my app/run" "-x y""');
	});
});

describe("values", () => {
	test.each([
		["a blank at the end", { Env: ["PS1=$ "] }, 'lxc.environment = "PS1=$ "'],
		["quotes around a value", { Env: ['A="x"'] }, 'lxc.environment = A="x"'],
		["a value that is quotes from end to end", { Env: ['"A=x"'] }, 'lxc.environment = ""A=x""'],
		["a directory that ends in a blank", { WorkingDir: "/srv/x " }, 'lxc.init.cwd = "/srv/x "'],
		["nothing odd", { Env: ["A=x y"], WorkingDir: "/srv" }, "lxc.environment = A=x y"],
	])("with %s arrive whole", async (_, config, line) => {
		expect(await linesFor({ Cmd: ["/x"], ...config })).toContain(line);
	});
});

describe("the image's StopSignal", () => {
	const exported = (...args: string[]) => {
		writeFileSync(place.path("rootfs.tar"), tarball(file("bin/app", "#!/bin/sh\n", { mode: 0o755 })));
		const config = ["--config", "Entrypoint=/bin/app", "--config", "StopSignal=SIGQUIT"];
		const words = ["export", "tar:rootfs.tar", "web", "-p", "amd64", "--no-sign", "-o", "web.tgz", ...config];
		return place.run([...words, ...args]);
	};

	test("is warned of where it is left out, as pvr leaves it out", async () => {
		const { code, stderr } = await exported();
		expect([code, stderr]).toEqual([0, expect.stringContaining("LXC sends SIGPWR instead of SIGQUIT")]);
	});

	test("is carried over when it is asked for", async () => {
		const { code, stderr } = await exported("--arg", "PVPKG_IMAGE_STOP_SIGNAL=1");
		expect(code, stderr).toBe(0);
		expect(stderr).not.toContain("not carried over");
		await place.run(["checkout", "web.tgz", "out", "--force"]);
		const rendered = await place.run(["render", "out/web/src.json"]);
		expect(rendered.stdout).toContain("lxc.signal.halt = SIGQUIT\n");
	});
});

/** A value as liblxc holds it: one pair of equal quotes round the whole of it goes. */
function unwrapped(value: string): string {
	const [first, last] = [value[0], value.at(-1)];
	return first === last && (first === '"' || first === "'") ? value.slice(1, -1) : value;
}

/** The words of a line as the device's fork of liblxc 6 splits it: only `"` quotes, `\"` and `\\` inside. */
function words(line: string): string[] {
	return [...line.matchAll(/"((?:\\["\\]|[^"\\])*)"|[^\s"]+/g)].map(([bare, quoted]) =>
		quoted === undefined ? bare : quoted.replaceAll(/\\(["\\])/g, "$1"),
	);
}
