import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serveDemo, Workplace } from "../support/command-line.js";
import { elfFile } from "../support/elf-file.js";
import { LayoutDirectory } from "../support/layout-directory.js";
import { tarball } from "../support/tar-builder.js";
import { dir, file } from "../support/tar-members.js";

// What is inside packages, images and root file systems (docs/sbom.md).

const AMD64 = elfFile({ machine: 62, bits: 64 });
const stanza = (name: string, version: string): string =>
	`Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n\n`;

/** 2024-03-04T05:06:07Z */
const NEWEST = 1709528767;

function rootfs(...packages: readonly string[]): Buffer {
	return tarball(
		dir("bin/"),
		file("bin/app", AMD64, { mode: 0o755 }),
		dir("etc/"),
		file("etc/os-release", 'ID=debian\nVERSION_ID="12"\n', { mtime: NEWEST }),
		dir("var/"),
		dir("var/lib/"),
		dir("var/lib/dpkg/"),
		file("var/lib/dpkg/status", packages.join("")),
	);
}

let place: Workplace;
beforeAll(() => {
	place = new Workplace();
	writeFileSync(place.path("old.tar"), rootfs(stanza("libc6", "2.36"), stanza("zlib1g", "1.2")));
	writeFileSync(place.path("new.tar"), rootfs(stanza("libc6", "2.37"), stanza("curl", "8.1")));
	writeFileSync(place.path("cut.tar"), rootfs(stanza("libc6", "2.36").slice(0, -30)));
});
afterAll(() => place.remove());

async function pvpkg(...args: readonly string[]) {
	return place.run(args, { env: { PVPKG_TIER: "fast" } });
}

async function done(...args: readonly string[]): Promise<string> {
	const { code, stdout, stderr } = await pvpkg(...args);
	expect(code, stderr).toBe(0);
	return stdout;
}

const exporting = (archive: string, output: string, ...more: readonly string[]) =>
	done(
		"export",
		`tar:${archive}`,
		"web",
		"-p",
		"amd64",
		"--config",
		"Entrypoint=/bin/app",
		"-o",
		output,
		...more,
	);

const read = (name: string) => readFileSync(place.path(name), "utf8");

describe("export --sbom", () => {
	test("documents lie beside the package, and say the same as the sbom command", async () => {
		await exporting("old.tar", "a/web.tgz", "--sbom", "spdx-json,cyclonedx-json");
		expect(readdirSync(place.path("a")).sort()).toEqual(["web.tgz", "web.tgz.cdx.json", "web.tgz.spdx.json"]);
		expect(await done("sbom", "a/web.tgz")).toBe(read("a/web.tgz.spdx.json"));
		expect(await done("sbom", "a/web.tgz", "--format", "cyclonedx-json")).toBe(read("a/web.tgz.cdx.json"));
	});

	test("a package that is not signed, or signed again, has the same document", async () => {
		await exporting("old.tar", "b/web.tgz", "--sbom", "spdx-json", "--no-sign");
		expect(read("b/web.tgz.spdx.json")).toBe(read("a/web.tgz.spdx.json"));
	});

	test("--evidence-dir takes them elsewhere", async () => {
		await exporting("old.tar", "c/web.tgz", "--sbom", "spdx-json", "--evidence-dir", "documents/here");
		expect(readdirSync(place.path("c"))).toEqual(["web.tgz"]);
		expect(readdirSync(place.path("documents/here"))).toEqual(["web.tgz.spdx.json"]);
	});

	test("a directory that cannot be made is found before the work", async () => {
		const { code, stderr } = await pvpkg(
			...["export", "tar:old.tar", "web", "-p", "amd64", "--config", "Entrypoint=/bin/app"],
			...["-o", "x/web.tgz", "--sbom", "spdx-json", "--evidence-dir", "old.tar/documents"],
		);
		expect({ code, made: existsSync(place.path("x")) }).toEqual({ code: 6, made: false });
		expect(stderr).toContain("old.tar/documents: write: ");
	});

	test("a package that is refused leaves no document", async () => {
		const { code } = await pvpkg(
			"export",
			"tar:old.tar",
			"web",
			"-p",
			"arm64",
			"-o",
			"d/web.tgz",
			"--sbom",
			"spdx-json",
		);
		expect(code).toBe(3);
		expect(existsSync(place.path("d"))).toBe(false);
	});

	test.each([
		["an unknown format", ["--sbom", "spdx"]],
		["a directory without a format", ["--evidence-dir", "x"]],
		["standard output", ["--sbom", "spdx-json", "-o", "-"]],
	])("%s is refused", async (_, options) => {
		expect((await pvpkg("export", "tar:old.tar", "web", "-p", "amd64", ...options)).code).toBe(2);
	});

	test("what was not read is a warning, and in the document", async () => {
		const { stderr, code } = await pvpkg(
			...["export", "tar:cut.tar", "web", "-p", "amd64", "--config", "Entrypoint=/bin/app"],
			...["-o", "e/web.tgz", "--sbom", "spdx-json"],
		);
		expect(code).toBe(0);
		expect(stderr).toMatch(/web: SBOM: \/var\/lib\/dpkg\/status: .*cut/);
		expect(read("e/web.tgz.spdx.json")).toContain("incomplete: /var/lib/dpkg/status");
	});
});

describe("from a layout", () => {
	const exportLayout = (output: string, ...options: readonly string[]) =>
		done("export", "oci:layout:v1", "web", "-p", "amd64", "-o", output, "--sbom", "spdx-json", ...options);

	beforeAll(() => {
		const layout = new LayoutDirectory(place.path("layout"));
		const layer = { archive: rootfs(stanza("libc6", "2.36")) };
		const created = { created: "2024-05-06T07:08:09.5Z" };
		const config = { Entrypoint: ["/bin/app"] };
		layout.tag("v1", [layout.addImage({ os: "linux", architecture: "amd64" }, [layer], config, created)]);
	});

	test("the time is that of the newest file, and a warm cache gives the same document", async () => {
		await exportLayout("f/web.tgz", "--no-cache");
		await exportLayout("g/web.tgz");
		await exportLayout("h/web.tgz");
		expect(JSON.parse(read("f/web.tgz.spdx.json")).creationInfo.created).toBe("2024-03-04T05:06:07Z");
		expect(await done("sbom", "f/web.tgz")).toBe(read("f/web.tgz.spdx.json"));
		expect(read("g/web.tgz.spdx.json")).toBe(read("f/web.tgz.spdx.json"));
		expect(read("h/web.tgz.spdx.json")).toBe(read("f/web.tgz.spdx.json"));
	});

	test("a cache that was filled without --sbom gives the same document", async () => {
		const cache = ["--cache-dir", "other"];
		await done("export", "oci:layout:v1", "web", "-p", "amd64", "-o", "i/web.tgz", ...cache);
		await exportLayout("i/web.tgz", ...cache);
		expect(read("i/web.tgz.spdx.json")).toBe(read("f/web.tgz.spdx.json"));
	});

	test("an image by itself is described by its digest and its time", async () => {
		const document = JSON.parse(await done("sbom", "oci:layout:v1", "-p", "linux/amd64"));
		expect(document.creationInfo.created).toBe("2024-05-06T07:08:09Z");
		expect(document.documentNamespace).toMatch(/^urn:pvpkg:spdx:[0-9a-f]{64}$/);
	});
});

describe("documents that BuildKit stored beside an image", () => {
	const SPDX = "https://spdx.dev/Document";
	const predicate = (name: string) => ({
		spdxVersion: "SPDX-2.3",
		name,
		documentNamespace: `https://example/${name}`,
	});
	const statement = (digest: string, document: object, predicateType = SPDX) => ({
		...{ _type: "https://in-toto.io/Statement/v0.1", predicateType, predicate: document },
		subject: [{ name: "pkg:docker/app", digest: { sha256: digest.slice("sha256:".length) } }],
	});

	async function exportLayout(
		name: string,
		statements: (digest: string) => readonly ReturnType<typeof statement>[],
	): Promise<{ readonly stderr: string; readonly files: readonly string[] }> {
		const layout = new LayoutDirectory(place.path(name));
		const layer = { archive: rootfs(stanza("libc6", "2.36")) };
		const config = { Entrypoint: ["/bin/app"] };
		const image = layout.addImage({ os: "linux", architecture: "amd64" }, [layer], config);
		layout.tag("v1", [image, layout.addAttestation(image, statements(image.digest))]);
		const { code, stderr } = await pvpkg(
			...["export", `oci:${name}:v1`, "web", "-p", "amd64", "-o", `${name}-out/web.tgz`],
			...["--sbom", "spdx-json,cyclonedx-json"],
		);
		expect(code, stderr).toBe(0);
		return { stderr, files: readdirSync(place.path(`${name}-out`)).sort() };
	}

	test("come along, and ours refer to them", async () => {
		const { files } = await exportLayout("attested", (digest) => [
			statement(digest, { builder: "x" }, "https://slsa.dev/provenance/v0.2"),
			statement(digest, predicate("theirs")),
		]);
		const name = "web.tgz.buildkit.spdx.json";
		expect(files).toEqual(["web.tgz", name, "web.tgz.cdx.json", "web.tgz.spdx.json"]);
		const theirs = read(`attested-out/${name}`);
		expect(JSON.parse(theirs)).toEqual(predicate("theirs"));
		expect(await done("sbom", "attested-out/web.tgz")).toBe(read("attested-out/web.tgz.spdx.json"));
		const checksumValue = createHash("sha256").update(theirs).digest("hex");
		expect(JSON.parse(read("attested-out/web.tgz.spdx.json")).externalDocumentRefs).toEqual([
			{
				externalDocumentId: expect.stringMatching(/^DocumentRef-[0-9a-f]{12}$/),
				spdxDocument: "https://example/theirs",
				checksum: { algorithm: "SHA256", checksumValue },
			},
		]);
		expect(JSON.parse(read("attested-out/web.tgz.cdx.json")).metadata.component.externalReferences).toEqual([
			{ type: "bom", url: name, hashes: [{ alg: "SHA-256", content: checksumValue }] },
		]);
	});

	test("of another image are left behind, which is noted", async () => {
		const { files, stderr } = await exportLayout("misled", () => [
			statement(`sha256:${"0".repeat(64)}`, predicate("theirs")),
		]);
		expect(files).toEqual(["web.tgz", "web.tgz.cdx.json", "web.tgz.spdx.json"]);
		expect(stderr).toContain("the statement is about another image");
		expect(read("misled-out/web.tgz.spdx.json")).toContain("the statement is about another image");
	});
});

describe("sbom", () => {
	test.each(["a/web.tgz", "tar:old.tar", "old.tar", "a/web.tgz.spdx.json", "a/web.tgz.cdx.json"])(
		"--list of %s",
		async (what) => {
			const rows = (await done("sbom", what, "--list"))
				.trimEnd()
				.split("\n")
				.map((line) => line.split(/ +/));
			expect(rows[0]!.slice(0, 4)).toEqual(["TYPE", "NAME", "VERSION", "ARCH"]);
			expect(rows.slice(1).map((row) => row.slice(0, 4))).toEqual([
				["deb", "debian/libc6", "2.36", "amd64"],
				["deb", "debian/zlib1g", "1.2", "amd64"],
			]);
		},
	);

	test("--list of what has no packages says so, and why", async () => {
		writeFileSync(place.path("bare.tar"), tarball(dir("bin/"), file("bin/app", AMD64, { mode: 0o755 })));
		expect(await done("sbom", "bare.tar", "--list")).toMatch(
			/^bare\.tar: no packages found: it has no database of/,
		);
		const lost = rootfs("Package: libc6\n");
		writeFileSync(place.path("lost.tar"), lost);
		expect(await done("sbom", "lost.tar", "--list")).toBe(
			"lost.tar: no packages found: the warnings name what could not be read\n",
		);
		expect(JSON.parse(await done("sbom", "bare.tar", "--list", "--json")).components).toEqual([]);
	});

	test("an image of a registry is named as it was asked for, by the digest of its manifest", async () => {
		const registry = await serveDemo();
		try {
			const image = `docker://${registry.host}/demo/app:1.0`;
			const { stdout, stderr, code } = await pvpkg(
				"sbom",
				image,
				"-p",
				"linux/arm64",
				"--format",
				"cyclonedx-json",
			);
			expect(code, stderr).toBe(0);
			const { component, properties } = JSON.parse(stdout).metadata;
			expect(component).toMatchObject({
				type: "container",
				name: `${registry.host}/demo/app`,
				version: "1.0",
			});
			expect(component.hashes).toEqual([{ alg: "SHA-256", content: properties[0].value }]);
		} finally {
			await registry.close();
		}
	});

	test("a checkout and a squashfs file say what the package says", async () => {
		await done("checkout", "a/web.tgz", "checkout");
		expect(await done("sbom", "checkout", "--list")).toBe(await done("sbom", "a/web.tgz", "--list"));
		await done("mksquashfs", "tar:old.tar", "root.squashfs");
		expect(await done("sbom", "root.squashfs", "--list")).toBe(await done("sbom", "a/web.tgz", "--list"));
	});

	test("-o writes a file; --json prints the document in one of its own", async () => {
		await done("sbom", "a/web.tgz", "-o", "out.spdx.json");
		expect(read("out.spdx.json")).toBe(read("a/web.tgz.spdx.json"));
		const { spec, document } = JSON.parse(await done("sbom", "a/web.tgz", "--json"));
		expect(spec).toBe("pvpkg/sbom@1");
		expect(document).toEqual(JSON.parse(read("out.spdx.json")));
	});

	test("SOURCE_DATE_EPOCH is the time of the document", async () => {
		const env = { SOURCE_DATE_EPOCH: "86400" };
		const { stdout } = await place.run(["sbom", "a/web.tgz"], { env });
		expect(JSON.parse(stdout).creationInfo.created).toBe("1970-01-02T00:00:00Z");
	});

	test("diff shows packages that came, went and changed, of packages and of documents", async () => {
		await exporting("new.tar", "n/web.tgz", "--sbom", "cyclonedx-json");
		const expected = {
			added: [{ type: "deb", name: "debian/curl", before: [], after: ["8.1"] }],
			removed: [{ type: "deb", name: "debian/zlib1g", before: ["1.2"], after: [] }],
			changed: [{ type: "deb", name: "debian/libc6", before: ["2.36"], after: ["2.37"] }],
			same: 0,
		};
		expect(JSON.parse(await done("sbom", "diff", "a/web.tgz", "n/web.tgz", "--json"))).toMatchObject(
			expected,
		);
		const documents = ["a/web.tgz.spdx.json", "n/web.tgz.cdx.json"];
		expect(JSON.parse(await done("sbom", "diff", ...documents, "--json"))).toMatchObject(expected);
		expect(await done("sbom", "diff", ...documents)).toContain("1 added, 1 removed, 1 changed, 0 the same");
	});

	test.each([
		["a path that is not there", ["sbom", "nowhere"], 4],
		["a reference without a prefix", ["sbom", "nginx:1.27"], 4],
		["a file that is nothing of ours", ["sbom", "key.pem"], 3],
		["a JSON file that is not a document", ["sbom", "text.json", "--list"], 3],
		["an unknown format", ["sbom", "a/web.tgz", "--format", "spdx"], 2],
	] as const)("%s is refused", async (_, args, expected) => {
		writeFileSync(place.path("text.json"), "{}");
		const { code, stderr } = await pvpkg(...args);
		expect({ code, stderr }).toEqual({ code: expected, stderr: expect.stringContaining("pvpkg: ") });
	});

	test("a package without a root file system is refused", async () => {
		mkdirSync(place.path("empty"));
		await place.run(["init"], { cwd: place.path("empty") });
		expect((await pvpkg("sbom", "empty")).code).toBe(3);
	});
});

describe("build --sbom", () => {
	const platform = { os: "linux", architecture: "amd64" };
	const below = { archive: rootfs(stanza("libc6", "2.36"), stanza("zlib1g", "1.2")) };
	const above = { archive: rootfs(stanza("libc6", "2.37"), stanza("curl", "8.1")) };

	test("a container over a base is catalogued as it sees its root; the package says the same", async () => {
		for (const [name, layers] of Object.entries({ core: [below], ext: [below, above] })) {
			const layout = new LayoutDirectory(place.path(`${name}-image`));
			layout.tag("v1", [layout.addImage(platform, layers, { Entrypoint: ["/bin/app"] })]);
		}
		await done("install", "-p", "linux/amd64", "oci:core-image:v1", "core");
		await done("install", "-p", "linux/amd64", "--base", "core", "oci:ext-image:v1", "ext");
		await done("build", "--build-version", "1", "--name-template", "p.$ARCH.tgz", "--sbom", "spdx-json");
		const path = "releases/p.amd64.tgz.spdx.json";
		expect(await done("sbom", "releases/p.amd64.tgz")).toBe(read(path));
		expect(await done("verify", "releases/p.amd64.tgz", "--no-trust", "--sbom", path)).toContain("sound");

		const { packages, relationships } = JSON.parse(read(path));
		const named = (id: string) => packages.find((one: { SPDXID: string }) => one.SPDXID === id);
		const contents = (container: string) =>
			relationships
				.filter((one: { spdxElementId: string }) => named(one.spdxElementId)?.name === container)
				.map((one: { relatedSpdxElement: string }) => named(one.relatedSpdxElement))
				.map((one: { name: string; versionInfo: string }) => `${one.name} ${one.versionInfo}`);
		expect(contents("core")).toEqual(["debian 12", "libc6 2.36", "zlib1g 1.2"]);
		expect(contents("ext")).toEqual(["debian 12", "curl 8.1", "libc6 2.37"]);
	});
});

describe("secrets", () => {
	test("no password, token or header of an address is in a document", async () => {
		const server = createServer((_, response) => void response.end(rootfs(stanza("libc6", "2.36"))));
		await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
		const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
		const secrets = ["s3cret-password", "s3cret-token", "s3cret-registry", "s3cret-fragment"];
		const url = `tar:http://ci:${secrets[0]}@${host}/rootfs.tar?private_token=${secrets[1]}#${secrets[3]}`;
		const env = { PVR_REGISTRY_PASSWORD: secrets[2], PVR_REGISTRY_USERNAME: "ci", PVPKG_TIER: "fast" };
		try {
			const formats = ["spdx-json", "cyclonedx-json"];
			const texts = await Promise.all(
				formats.map(async (format) => (await place.run(["sbom", url, "--format", format], { env })).stdout),
			);
			const exported = await place.run(
				[
					...["export", url, "web", "-p", "amd64", "--config", "Entrypoint=/bin/app", "-o", "s/web.tgz"],
					...["--sbom", formats.join()],
				],
				{ env },
			);
			expect(exported.code, exported.stderr).toBe(0);
			texts.push(read("s/web.tgz.spdx.json"), read("s/web.tgz.cdx.json"));
			for (const text of texts) {
				expect(text).toContain("libc6");
				expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
				expect(text).not.toContain(place.directory);
			}
		} finally {
			server.close();
		}
	});
});

describe("verify --sbom", () => {
	test("a document of the package is right, also after signing", async () => {
		expect(
			await done("verify", "a/web.tgz", "--sbom", "a/web.tgz.spdx.json", "a/web.tgz.cdx.json"),
		).toContain("sound");
		expect(await done("verify", "b/web.tgz", "--sbom", "a/web.tgz.spdx.json")).toContain("sound");
	});

	test("a document of another package is not", async () => {
		const { code, stdout } = await pvpkg("verify", "n/web.tgz", "--sbom", "a/web.tgz.spdx.json");
		expect(code).toBe(5);
		expect(stdout).toContain("[SBOM_IDENTITY]");
		expect(stdout).toContain("[SBOM_IMAGE]");
	});
});
