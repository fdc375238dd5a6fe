import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { parseReference } from "../../../src/image/oci/index.js";
import { openRegistry } from "../../../src/image/registry/index.js";
import { placesOf } from "../../../src/image/registry/mirror.js";
import { parseRegistriesConf } from "../../../src/image/registry/registries-conf.js";
import { readRegistriesConf } from "../../../src/image/registry/registries-files.js";
import { settingsFrom } from "../../../src/image/registry/settings.js";
import { closeAll, connect, directoryOf, failure, startRegistry } from "../../support/registry-client.js";

afterEach(closeAll);

const parse = (text: string) => parseRegistriesConf(Buffer.from(text), "registries.conf");
const DIGEST = `sha256:${"0".repeat(64)}`;

/** Where an image is asked for, with `!` where plain HTTP is allowed. */
function places(conf: string, image: string): string[] {
	return placesOf(parseReference(image), [], parse(conf)).map(
		({ host, repository, insecure }) => `${host}/${repository}${insecure ? "!" : ""}`,
	);
}

const HUB = `
[[registry]]
prefix = "docker.io"
location = "docker.io"
[[registry.mirror]]
location = "m.test/hub"
insecure = true
`;

test("of two entries with one prefix the first counts, unless one blocks what the other allows", () => {
	const entry = (more: string) => `[[registry]]\nprefix = "r.test"\n${more}\n`;
	const two = entry('location = "a.test"') + entry('location = "b.test"');
	expect(places(two, "r.test/app")).toEqual(["a.test/app"]);
	expect(() => parse(entry("blocked = true") + entry("blocked = false"))).toThrow(
		'registries.conf: read registries.conf: two entries of the prefix r.test differ in "blocked", expected the same in both',
	);
	const places2 =
		'[[registry]]\nprefix = "a.test"\nlocation = "c.test"\ninsecure = true\n[[registry]]\nlocation = "c.test"';
	expect(() => parse(places2)).toThrow('two entries of the location c.test differ in "insecure"');
});

describe("registries.conf", () => {
	test.each([
		[
			"mirrors come first",
			HUB,
			"alpine",
			["m.test/hub/library/alpine!", "registry-1.docker.io/library/alpine"],
		],
		["another registry is not touched", HUB, "r.test/a", ["r.test/a"]],
		[
			"a prefix gives way to its location",
			'[[registry]]\nprefix="r.test/a"\nlocation="l.test:5000/x/y"',
			"r.test/a/b:1",
			["l.test:5000/x/y/b"],
		],
		[
			"a location alone is its own prefix",
			'[[registry]]\nlocation="r.test"\ninsecure=true',
			"r.test/a",
			["r.test/a!"],
		],
		[
			"half of a name is not a prefix",
			'[[registry]]\nprefix="r.test/a"\nlocation="l.test"',
			"r.test/ab",
			["r.test/ab"],
		],
		[
			"the longest prefix counts",
			'[[registry]]\nprefix="r.test"\nlocation="one.test"\n[[registry]]\nprefix="r.test/a"\nlocation="two.test"',
			"r.test/a/b",
			["two.test/b"],
		],
		["a domain", '[[registry]]\nprefix="*.r.test"\nlocation="l.test/x"', "a.b.r.test/c:1", ["l.test/x/c"]],
		["no domain above", '[[registry]]\nprefix="*.r.test"\nlocation="l.test/x"', "r.test/c:1", ["r.test/c"]],
		[
			"a location may be Docker Hub",
			'[[registry]]\nprefix="r.test"\nlocation="docker.io/library"',
			"r.test/alpine",
			["registry-1.docker.io/library/alpine"],
		],
	])("%s", (_, conf, image, want) => {
		expect(places(conf, image)).toEqual(want);
	});

	test.each([
		["mirror-by-digest-only=true", "", ["r.test/a"], ["m.test/a", "r.test/a"]],
		["", 'pull-from-mirror="digest-only"', ["r.test/a"], ["m.test/a", "r.test/a"]],
		["", 'pull-from-mirror="tag-only"', ["m.test/a", "r.test/a"], ["r.test/a"]],
		["", 'pull-from-mirror="all"', ["m.test/a", "r.test/a"], ["m.test/a", "r.test/a"]],
	])("%s %s", (registry, mirror, byTag, byDigest) => {
		const conf = `[[registry]]\nlocation="r.test"\n${registry}\n[[registry.mirror]]\nlocation="m.test"\n${mirror}`;
		expect(places(conf, "r.test/a:1")).toEqual(byTag);
		expect(places(conf, `r.test/a@${DIGEST}`)).toEqual(byDigest);
		expect(places(conf, `r.test/a:1@${DIGEST}`)).toEqual(byDigest);
	});

	test("what is blocked is refused, and is not a place where another may stand in", () => {
		const conf = '[[registry]]\nprefix="r.test/bad"\nblocked=true\n[[registry.mirror]]\nlocation="m.test"';
		expect(() => places(conf, "r.test/bad/a")).toThrow("registries.conf blocks r.test/bad");
		expect(places(conf, "r.test/good/a")).toEqual(["r.test/good/a"]);
	});

	test.each([
		["version 1", '[registries.search]\nregistries=["r.test"]', "version 1"],
		["no TOML", "[[registry]", "line 1"],
		["an address", '[[registry]]\nlocation="https://r.test"', "without http"],
		["nothing to match", "[[registry]]\nblocked=true", "expected a prefix or a location"],
		[
			"a mirror without a place",
			'[[registry]]\nlocation="r.test"\n[[registry.mirror]]\ninsecure=true',
			"expected a location",
		],
		[
			"an unknown kind of pull",
			'[[registry]]\nlocation="r.test"\n[[registry.mirror]]\nlocation="m.test"\npull-from-mirror="often"',
			"digest-only",
		],
		[
			"two words for one thing",
			'[[registry]]\nlocation="r.test"\nmirror-by-digest-only=true\n[[registry.mirror]]\nlocation="m.test"\npull-from-mirror="all"',
			"got both",
		],
		["a wildcard inside", '[[registry]]\nprefix="a.*.test"\nlocation="r.test"', "in front of a domain"],
		["a string for a flag", '[[registry]]\nlocation="r.test"\nblocked="yes"', "blocked"],
	])("%s is an error", (_, conf, message) => {
		expect(() => parse(conf)).toThrow(message);
	});
});

describe("files", () => {
	const line = (host: string, location: string): string =>
		`[[registry]]\nprefix="${host}"\nlocation="${location}"\n`;
	const read = (files: Record<string, string>, env: Record<string, string> = {}) => {
		const directory = directoryOf(files);
		const variables = Object.fromEntries(
			Object.entries(env).map(([name, path]) => [name, join(directory, path)]),
		);
		const settings = settingsFrom({
			env: variables,
			home: join(directory, "home"),
			containersDirectory: join(directory, "etc"),
		});
		return Object.fromEntries(
			[...readRegistriesConf(settings).registries].map(([prefix, { location }]) => [prefix, location]),
		);
	};
	const files = {
		"etc/registries.conf": line("a.test", "etc") + line("b.test", "etc"),
		"etc/registries.conf.d/2.conf": line("b.test", "two"),
		"etc/registries.conf.d/1.conf": line("b.test", "one"),
		"etc/registries.conf.d/3.ignored": line("b.test", "three"),
		"home/.config/containers/registries.conf.d/1.conf": line("c.test", "user"),
	};

	test("the machine's file, its directory in order, then the user's directory", () => {
		expect(read(files)).toEqual({ "a.test": "etc", "b.test": "two", "c.test": "user" });
	});

	test("a user's own file leaves the machine's directory out", () => {
		const own = { ...files, "home/.config/containers/registries.conf": line("a.test", "own") };
		expect(read(own)).toEqual({ "a.test": "own", "c.test": "user" });
	});

	test("CONTAINERS_REGISTRIES_CONF names the file, which must be there", () => {
		const named = { ...files, "named.conf": line("a.test", "named") };
		const env = { CONTAINERS_REGISTRIES_CONF: "named.conf" };
		expect(read(named, env)).toEqual({ "a.test": "named", "b.test": "two", "c.test": "user" });
		expect(() => read(files, env)).toThrow("CONTAINERS_REGISTRIES_CONF");
	});

	test("none of them", () => {
		expect(read({})).toEqual({});
	});
});

test("an alias is explained, not followed", () => {
	const home = directoryOf({
		".config/containers/registries.conf":
			'[aliases]\nfedora="registry.fedoraproject.org/fedora"\nalpine="docker.io/library/alpine"',
	});
	const warnings: string[] = [];
	for (const name of ["fedora", "alpine", "r.test/fedora"]) {
		openRegistry(parseReference(name), { home, onWarning: (message) => warnings.push(message) });
	}
	expect(warnings).toEqual([
		expect.stringContaining("has the alias registry.fedoraproject.org/fedora for it"),
	]);
});

test("a mirror of registries.conf serves, and gets no credentials of the command line", async () => {
	const [mirror, origin] = [await startRegistry(), await startRegistry()];
	mirror.addImage("copy/app", { os: "linux", architecture: "amd64" }, [Buffer.from("layer")], "1");
	const conf = `[[registry]]\nlocation="${origin.host}"\n[[registry.mirror]]\nlocation="${mirror.host}/copy"\n`;
	const home = directoryOf({ ".config/containers/registries.conf": conf });
	const { source } = connect(origin.host, "app:1", { home, credentials: { username: "u", password: "p" } });
	await source.fetchManifest();
	expect(origin.calls).toEqual([]);
	expect(mirror.calls.some(({ headers }) => headers.authorization !== undefined)).toBe(false);
	const blocked = directoryOf({
		".config/containers/registries.conf": `[[registry]]\nlocation="${origin.host}"\nblocked=true`,
	});
	const error = await failure((async () => connect(origin.host, "app:1", { home: blocked }))());
	expect(error).toMatchObject({ code: "ERR_REGISTRY_BLOCKED", kind: "access" });
});
