import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Workplace } from "../support/command-line.js";
import { LockedProject } from "../support/locked-project.js";
import { needs } from "../support/needs.js";
import { run, runBeside } from "../support/programs.js";
import { TestRegistry } from "../support/registry.js";
import { tarball } from "../support/tar-builder.js";
import { file } from "../support/tar-members.js";

const RECIPE = resolve("docs/recipes/bazel");
const WORKSPACE = `load("//:pvpkg.bzl", "pvpkg_images")
pvpkg_images(name = "images", lock = "//:pvpkg.lock.json", insecure = ["HOST"])
`;
const BUILD = `load("//:pvpkg.bzl", "pvpkg_packages")
exports_files(["pvpkg.lock.json"])
filegroup(name = "pvpkg", srcs = glob(["release/**"]))
pvpkg_packages(
    name = "packages",
    lock = "pvpkg.lock.json",
    srcs = ["pvpkg.json"] + glob(["pvpkg/**"]),
    architectures = ["amd64", "arm32v7"],
    images = "@images//:layout",
    pvpkg = ":pvpkg",
    node = "NODE",
)
`;

// The recipe of docs/recipes/bazel, in the form that has a WORKSPACE: Debian's Bazel is too old for bzlmod.
needs("bazel").describe("packages in Bazel (needs bazel)", () => {
	let project: LockedProject;
	let place: Workplace;

	beforeAll(async () => {
		project = await LockedProject.start("fetched");
		place = project.place;
		await project.done("build", "--no-sign", "--name-template", "$ARCH.tgz");
		project.copy();
		for (const name of readdirSync(RECIPE).filter((each) => each.endsWith(".bzl"))) {
			cpSync(join(RECIPE, name), place.path(`project/${name}`));
		}
		cpSync("dist/program", place.path("project/release/dist/program"), { recursive: true });
		cpSync("package.json", place.path("project/release/package.json"));
		writeFileSync(place.path("project/WORKSPACE"), WORKSPACE.replace("HOST", project.registry.host));
		writeFileSync(place.path("project/BUILD.bazel"), BUILD.replace("NODE", process.execPath));
	});
	afterAll(() => project.close());

	/** Runs Bazel in the project, with an output directory of its own. What it says ends with its exit code. */
	const bazel = (root: string, ...args: string[]): Promise<string> =>
		runBeside(
			"sh",
			"-c",
			'cd "$1"; root=$2; shift 2; bazel --batch --output_user_root="$root" "$@" 2>&1 || echo failed',
			"sh",
			place.path("project"),
			place.path(root),
			...args,
		);
	const output = (name: string): Buffer => readFileSync(place.path(`project/bazel-bin/packages.${name}.tgz`));
	const built = (name: string): Buffer => readFileSync(place.path(`releases/${name}.tgz`));

	test("are those of pvpkg build, from blobs that Bazel fetched, and a second build gives the same bytes", async () => {
		expect(await bazel("one", "build", "//:packages")).not.toMatch(/failed\n$/);
		for (const label of ["amd64", "arm32v7"]) expect(output(label).equals(built(label)), label).toBe(true);
		const external = (await bazel("one", "info", "output_base")).trim().split("\n").at(-1)!;
		const layout = join(external, "external/images/layout");
		for (const name of ["index.json", "oci-layout"]) {
			expect(readFileSync(join(layout, name), "utf8")).toBe(
				readFileSync(place.path(`fetched/${name}`), "utf8"),
			);
		}
		const blobs = (directory: string) => readdirSync(join(directory, "blobs/sha256")).sort();
		expect(blobs(layout)).toEqual(blobs(place.path("fetched")));
		const first = output("amd64");
		await bazel("one", "clean");
		const calls = project.registry.calls.length;
		await bazel("one", "build", "//:packages");
		expect(output("amd64").equals(first)).toBe(true);
		expect(project.registry.calls.length).toBe(calls);
	}, 600_000);

	test("a blob that is not what the lock says is refused", async () => {
		project.registry.script(/blobs\//, (_call, response) => response.end("something else"));
		const said = await bazel("two", "build", "//:packages");
		expect(said).toMatch(/Checksum was .* but wanted/);
		expect(said).toMatch(/failed\n$/);
	}, 600_000);
});

needs("python3").describe("the module extension (needs python3)", () => {
	// Starlark is a part of Python's syntax: a harness stands in for Bazel's own names.
	const HARNESS = `
import json, sys
made = []
class Namespace:
    def __getattr__(self, name):
        return lambda *args, **more: {"kind": name, **more}
names = {"attr": Namespace(), "tag_class": lambda attrs: attrs}
names["pvpkg_images"] = lambda **more: made.append(more)
names["load"] = lambda *args: None
names["module_extension"] = lambda implementation, tag_classes: (implementation, tag_classes)
exec(open(sys.argv[1]).read(), names)
implementation, classes = names["pvpkg"]
class Of:
    def __init__(self, **more): self.__dict__.update(more)
tag = Of(name="images", lock="//:pvpkg.lock.json", insecure=["localhost:5000"])
implementation(Of(modules=[Of(tags=Of(images=[tag]))]))
print(json.dumps({"made": made, "attrs": sorted(classes["images"])}))
`;

	test("makes one repository for each tag, with what the tag says", () => {
		const found = JSON.parse(run("python3", "-c", HARNESS, join(RECIPE, "extensions.bzl")));
		expect(found).toEqual({
			attrs: ["insecure", "lock", "name"],
			made: [{ name: "images", lock: "//:pvpkg.lock.json", insecure: ["localhost:5000"] }],
		});
	});
});

needs("python3").describe("fetch --list --format bazel (needs python3)", () => {
	const HARNESS = `
import json, sys
made = []
exec(sys.argv[1], {"http_file": lambda **more: made.append(more)})
print(json.dumps(made))
`;

	test("is a list of http_file rules, each with the digest of its address", async () => {
		const registry = await TestRegistry.start();
		const place = new Workplace();
		const layer = tarball(file("etc/app", "one"));
		registry.addImage("team/app", { os: "linux", architecture: "amd64" }, [layer], "1");
		const locked = await place.run(["lock", `${registry.host}/team/app:1`, "-p", "amd64"]);
		expect(locked.code, locked.stderr).toBe(0);
		const list = async (format: string) => (await place.run(["fetch", "--list", "--format", format])).stdout;
		const rules = JSON.parse(run("python3", "-c", HARNESS, await list("bazel")));
		const addresses = JSON.parse(await list("json")) as { url: string; digest: string }[];
		expect(rules).toEqual(
			addresses.map(({ url, digest }) => {
				const sha256 = digest.slice("sha256:".length);
				return { name: `sha256-${sha256}`, url, sha256 };
			}),
		);
		expect(rules).toHaveLength(3);
		await registry.close();
		place.remove();
	});
});
