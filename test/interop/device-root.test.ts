import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Workplace } from "../support/command-line.js";
import { DeviceRoot } from "../support/device-root.js";
import { LayoutDirectory } from "../support/layout-directory.js";
import { needs } from "../support/needs.js";
import { run } from "../support/programs.js";
import { tarball } from "../support/tar-builder.js";

// Pantavisor itself: PVPKG_DEVICE_ROOT names the root file system of its container image (pv-appengine, unpacked).
// It is started in namespaces, takes our packages through its pvtx, and runs them.

/** Prints its arguments, its user and its environment into a permanent volume, and goes on. */
const PROGRAM = String.raw`
#include <stdio.h>
#include <unistd.h>
extern char **environ;
int main(int count, char **words) {
	FILE *out = fopen("/data/report.new", "w");
	if (!out) return 1;
	for (int i = 0; i < count; i++) fprintf(out, "argument %s\n", words[i]);
	fprintf(out, "user %d %d\n", getuid(), getgid());
	for (char **each = environ; *each; each++) fprintf(out, "environment %s\n", *each);
	fclose(out);
	rename("/data/report.new", "/data/report");
	for (;;) pause();
}
`;

needs("root", "mounts", "gcc", "PVPKG_DEVICE_ROOT").describe("Pantavisor in namespaces (root)", () => {
	const work = new Workplace();
	let device: DeviceRoot;

	beforeAll(async () => {
		const program = work.path("reporter");
		run("sh", "-c", `printf '%s' "$1" | gcc -static -O1 -x c -o "$2" -`, "sh", PROGRAM, program);
		const layout = new LayoutDirectory(work.path("layout"));
		const archive = tarball(
			{ path: "bin/", type: "5" },
			{ path: "bin/reporter", body: readFileSync(program), mode: 0o755 },
			{ path: "data/", type: "5", mode: 0o777 },
			...["dev/", "proc/", "sys/", "tmp/", "run/", "etc/"].map((path) => ({ path, type: "5" })),
		);
		for (const version of ["1", "2"]) {
			const config = {
				Entrypoint: ["/bin/reporter", "two words", 'a"b'],
				Cmd: [`version ${version}`],
				Env: ["PLAIN=1", "PROMPT=$ ", `VERSION=${version}`],
				User: "7:8",
			};
			layout.tag(version, [layout.addImage({ os: "linux", architecture: "amd64" }, [{ archive }], config)]);
			const options = ["-p", "linux/amd64", "--as", `reporter:${version}`, "--group", "app"];
			const output = ["--volume", "/data:permanent", "-o", `reporter-${version}.tgz`];
			const made = await work.run(["export", `oci:layout:${version}`, "reporter", ...options, ...output]);
			expect(made).toMatchObject({ code: 0 });
		}
		device = await DeviceRoot.start(process.env.PVPKG_DEVICE_ROOT!);
	}, 120_000);
	afterAll(() => {
		device?.close();
		work.remove();
	});

	/** Adds a package to the running revision through pvtx, and has the result run. */
	async function hand(version: string): Promise<void> {
		const path = device.bring(work.path(`reporter-${version}.tgz`), `reporter-${version}.tgz`);
		device.run("pvtx", "begin", "current");
		device.run("pvtx", "add", path);
		const said = device.run("pvtx", "commit");
		const revision = /locals\/[\w.-]+/.exec(said)?.[0];
		expect([said, revision]).toEqual([said, expect.any(String)]);
		await device.ask("POST", "/commands", JSON.stringify({ op: "LOCAL_RUN", payload: revision }));
		await device.until(`version ${version}`, () =>
			Boolean(device.stored("report")?.includes(`VERSION=${version}\n`)),
		);
	}

	test.each(["1", "2"])(
		"takes version %s by pvtx, and runs it as its image says",
		async (version) => {
			await hand(version);
			const lines = device.stored("report")!.trimEnd().split("\n");
			expect(lines.filter((line) => /^(argument|user)/.test(line))).toEqual([
				"argument /bin/reporter",
				"argument two words",
				'argument a"b',
				`argument version ${version}`,
				"user 7 8",
			]);
			expect(lines).toEqual(
				expect.arrayContaining([
					"environment PLAIN=1",
					"environment PROMPT=$ ",
					`environment VERSION=${version}`,
				]),
			);
			const containers = (await device.ask("GET", "/containers")) as { name: string; status: string }[];
			expect(containers.find(({ name }) => name === "reporter")?.status).toMatch(/^(STARTED|READY)$/);
		},
		180_000,
	);
});
