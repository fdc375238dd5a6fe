import { createHash, verify } from "node:crypto";
import {
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, normalize, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDemoKey } from "../../fixtures/demo-key.js";
import { run } from "../support/programs.js";

/** Links of the pages below a directory to files that are not there. */
function deadLinks(directory: string): string[] {
	const pages = readdirSync(directory, { recursive: true, encoding: "utf8" });
	return pages
		.filter((path) => path.endsWith(".md"))
		.flatMap((page) => {
			const text = readFileSync(join(directory, page), "utf8");
			const links = text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g);
			return [...links]
				.map(([, target]) => join(dirname(page), target!))
				.filter((path) => !existsSync(join(directory, path)))
				.map((path) => `${page}: ${path}`);
		});
}

describe("the release (npm)", () => {
	let directory: string;
	let key: string;
	beforeAll(() => {
		directory = mkdtempSync(join(tmpdir(), "pvpkg-release-"));
		const { privateKey, publicKey } = createDemoKey();
		key = publicKey;
		writeFileSync(join(directory, "key.pem"), privateKey);
		run("bash", ".ci/release", join(directory, "one"));
		run(
			"env",
			`PVPKG_ATTEST_KEY=${join(directory, "key.pem")}`,
			"bash",
			".ci/release",
			join(directory, "two"),
		);
	});
	afterAll(() => rmSync(directory, { recursive: true }));

	const tarball = (name: string): string => {
		const found = readdirSync(join(directory, name)).find((file) => file.endsWith(".tgz"));
		return join(directory, name, found!);
	};

	test("has the same bytes when it is made again", () => {
		expect(readFileSync(tarball("two")).equals(readFileSync(tarball("one")))).toBe(true);
		for (const end of [".spdx.json", ".cdx.json", ".provenance.intoto.json"])
			expect(readFileSync(`${tarball("two")}${end}`, "utf8")).toBe(
				readFileSync(`${tarball("one")}${end}`, "utf8"),
			);
	});

	test("has the digest of every file in SHA256SUMS", () => {
		for (const name of ["one", "two"]) {
			const files = readdirSync(join(directory, name)).filter((file) => file !== "SHA256SUMS");
			const sums = run("sh", "-c", `cd '${join(directory, name)}' && sha256sum -c SHA256SUMS`);
			expect(sums.trim().split("\n").sort()).toEqual(files.map((file) => `${file}: OK`).sort());
		}
	});

	test("lists every library of the bundle in its SBOMs", () => {
		const { packages } = JSON.parse(readFileSync(`${tarball("one")}.spdx.json`, "utf8"));
		const names = packages.map(({ name }: { name: string }) => name.replace(/.*\//, ""));
		const bundled = readdirSync("dist/program/libraries").filter((file) => file.endsWith(".js"));
		for (const file of bundled) expect(names).toContain(file.replace(/\.js$/, "").replace(/^zip$/, "zip.js"));
		expect(names).toContain("pvpkg");
		const { components } = JSON.parse(readFileSync(`${tarball("one")}.cdx.json`, "utf8"));
		expect(components.length).toBeGreaterThanOrEqual(bundled.length);
	});

	test("has provenance that names its bytes and its commit, signed where there is a key", () => {
		const bytes = readFileSync(`${tarball("two")}.provenance.intoto.json`);
		const { subject, predicate } = JSON.parse(bytes.toString());
		const sha256 = createHash("sha256")
			.update(readFileSync(tarball("two")))
			.digest("hex");
		expect(subject[0].digest.sha256).toBe(sha256);
		const names = predicate.buildDefinition.resolvedDependencies.map(({ name }: { name: string }) => name);
		expect(names).toContain("package-lock.json");
		const bundle = JSON.parse(readFileSync(`${tarball("two")}.provenance.sigstore.json`, "utf8"));
		const { payload, payloadType, signatures } = bundle.dsseEnvelope;
		expect(Buffer.from(payload, "base64").equals(bytes)).toBe(true);
		const signed = Buffer.concat([
			Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${bytes.length} `),
			bytes,
		]);
		expect(verify("sha256", signed, key, Buffer.from(signatures[0].sig, "base64"))).toBe(true);
		expect(existsSync(`${tarball("one")}.provenance.sigstore.json`)).toBe(false);
	});

	test("has no link that leads nowhere", () => {
		const unpacked = join(directory, "unpacked");
		mkdirSync(unpacked);
		run("tar", "-xzf", tarball("one"), "-C", unpacked);
		expect(deadLinks(join(unpacked, "package"))).toEqual([]);
	});

	test("is installed without the network, and its three programs run", () => {
		const prefix = join(directory, "prefix");
		run("npm", "install", "--silent", "--global", "--offline", "--prefix", prefix, tarball("one"));
		const program = (name: string): string => join(prefix, "bin", name);
		const { version } = JSON.parse(readFileSync("package.json", "utf8"));
		expect(run(program("pvpkg"), "--version").trim()).toBe(version);
		expect(run(program("pvpkg_install"), "--help")).toContain("Usage: pvpkg install");
		expect(run(program("build_exports"), "--help")).toContain("Usage: pvpkg build");
		expect(readFileSync(join(prefix, "share/man/man1/pvpkg.1"), "utf8")).toMatch(/^\.TH PVPKG 1/m);
	});
});

/** A file of the package, as npm lists it. */
interface PackedFile {
	readonly path: string;
}

describe("npm pack", () => {
	let directory: string;
	let files: ReadonlySet<string>;
	beforeAll(() => {
		directory = mkdtempSync(join(tmpdir(), "pvpkg-pack-"));
		const list = run("npm", "pack", "--json", "--ignore-scripts", "--pack-destination", directory);
		const [packed] = JSON.parse(list) as { filename: string; files: PackedFile[] }[];
		files = new Set(packed!.files.map(({ path }) => path));
		run("tar", "-xzf", join(directory, packed!.filename), "-C", directory);
	});
	afterAll(() => rmSync(directory, { recursive: true }));

	const paths = (end: RegExp): string[] => [...files].filter((path) => end.test(path));
	const textOf = (path: string): string => readFileSync(join(directory, "package", path), "utf8");

	test("has what its exports and programs name", () => {
		const { exports, bin } = JSON.parse(textOf("package.json"));
		const named = Object.values(exports).flatMap((target) =>
			typeof target === "string" ? [target] : Object.values(target as Record<string, string>),
		);
		const all = [...named, ...Object.values<string>(bin)].map((path) => normalize(path));
		expect(all.filter((path) => !path.includes("*") && !files.has(path))).toEqual([]);
	});

	test("every page links to files that are in it", () => {
		expect(deadLinks(join(directory, "package"))).toEqual([]);
	});

	test("every module finds those that it imports", () => {
		const missing = paths(/^dist\/(src|program\/(?!libraries\/)).*\.(js|d\.ts)$/).flatMap((module) => {
			const imports = textOf(module).matchAll(/(?:from |import\()"(\.[^"]+)"/g);
			return [...imports]
				.map(([, target]) => normalize(join(dirname(module), target!)))
				.map((path) => (module.endsWith(".d.ts") ? path.replace(/\.js$/, ".d.ts") : path))
				.filter((path) => !files.has(path))
				.map((path) => `${module}: ${path}`);
		});
		expect(missing).toEqual([]);
	});

	test("holds nothing of tests, and no source maps", () => {
		expect(paths(/\.map$|(^|\/)test\/|^fixtures\/|^dist\/src\/cli\//)).toEqual([]);
	});

	test("compiles and runs where it is installed", () => {
		const modules = join(directory, "node_modules");
		mkdirSync(modules);
		for (const name of readdirSync("node_modules").filter((entry) => !entry.startsWith("."))) {
			symlinkSync(resolve("node_modules", name), join(modules, name));
		}
		symlinkSync(join(directory, "package"), join(modules, "pvpkg"));
		mkdirSync(join(directory, "app/site"), { recursive: true });
		cpSync("docs/examples", join(directory, "app"), { recursive: true });
		writeFileSync(join(directory, "app/package.json"), '{"type":"module"}');
		const options = { module: "nodenext", target: "es2023", lib: ["es2023"], strict: true, types: ["node"] };
		const strict = { ...options, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };
		writeFileSync(join(directory, "app/tsconfig.json"), JSON.stringify({ compilerOptions: strict }));
		run("node_modules/.bin/tsc", "-p", join(directory, "app"));
		const example = join(directory, "app/directory-to-squashfs.js");
		const output = run("sh", "-c", `cd '${join(directory, "app")}' && '${process.execPath}' '${example}'`);
		expect(output).toMatch(/^directory/);
	});
});
