import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Descriptor, digestBytes } from "../../src/image/oci/index.js";
import { Workplace } from "../support/command-line.js";
import { oldDockerMembers } from "../support/docker-archive.js";
import { sampleImage } from "../support/image-layout.js";
import { describe as describeBlob, encode, TYPES } from "../support/memory-source.js";
import { TestRegistry } from "../support/registry.js";
import { tarball } from "../support/tar-builder.js";

// Images as other programs write them (public reports rebuilt).

let place: Workplace;
beforeEach(() => {
	place = new Workplace();
});
afterEach(() => place.remove());

/** A layout in `layout/`, blob by blob. */
class Layout {
	constructor() {
		this.#write("oci-layout", '{"imageLayoutVersion":"1.0.0"}');
	}

	blob(content: unknown, mediaType: string): Descriptor {
		const bytes = encode(content);
		const descriptor = describeBlob(mediaType, bytes);
		this.#write(`blobs/${descriptor.digest.replace(":", "/")}`, bytes);
		return descriptor;
	}

	/** An image whose configuration says `platform`; without blobs where it is absent. */
	image(name: string, platform: object, { absent = false, more = {} } = {}): Descriptor {
		const layer = tarball({ path: "bin/", type: "5" }, { path: "bin/app", body: name });
		const add = absent
			? (content: unknown, type: string) => describeBlob(type, encode(content))
			: this.blob.bind(this);
		const rootfs = { type: "layers", diff_ids: [digestBytes(layer)] };
		const config = add({ ...platform, config: {}, rootfs }, TYPES.config);
		const layers = [add(layer, TYPES.layer.replace("+gzip", ""))];
		return add({ schemaVersion: 2, mediaType: TYPES.manifest, config, layers, ...more }, TYPES.manifest);
	}

	index(manifests: readonly object[]): Descriptor {
		return this.blob({ schemaVersion: 2, mediaType: TYPES.index, manifests }, TYPES.index);
	}

	finish(manifests: readonly object[]): void {
		this.#write("index.json", encode({ schemaVersion: 2, manifests }));
	}

	#write(path: string, body: string | Uint8Array): void {
		mkdirSync(dirname(place.path(`layout/${path}`)), { recursive: true });
		writeFileSync(place.path(`layout/${path}`), body);
	}
}

async function exporting(...args: string[]) {
	const all = ["export", "oci:layout", "app", "-o", "out/", "--no-sign", "--json", ...args];
	mkdirSync(place.path("out"), { recursive: true });
	const { code, stdout, stderr } = await place.run(all, { env: { PVPKG_TIER: "fast" } });
	const document = JSON.parse(stdout);
	return {
		code,
		stderr,
		document,
		platforms: document.packages?.map(({ platform }: { platform: string }) => platform),
	};
}

const [amd64, arm64, none] = [
	{ os: "linux", architecture: "amd64" },
	{ os: "linux", architecture: "arm64" },
	{ os: "", architecture: "" },
];

test("of an archive that holds some platforms of its index, those are packed and the others noted", async () => {
	const layout = new Layout();
	const held = { ...layout.image("held", amd64), platform: amd64 };
	const absent = { ...layout.image("absent", arm64, { absent: true }), platform: arm64 };
	layout.finish([layout.index([absent, held])]);
	const all = await exporting();
	expect(all.code, all.stderr).toBe(0);
	expect(all.platforms).toEqual(["linux/amd64"]);
	expect(all.stderr).toContain("linux/arm64 is left out");
	const { code, document } = await exporting("-p", "linux/arm64");
	expect(code).toBe(4);
	expect(document.error.message).toContain("no image for linux/arm64, it has linux/amd64");
});

test("an index entry of empty strings names no platform: the configuration of the only image does", async () => {
	const layout = new Layout();
	layout.finish([layout.index([{ ...layout.image("one", arm64), platform: none }])]);
	expect((await exporting()).platforms).toEqual(["linux/arm64"]);
});

test.each([none, {}, { os: "linux" }, { architecture: "arm64" }])(
	"an image whose configuration says %j is taken for what -p asks, with a warning",
	async (platform) => {
		const layout = new Layout();
		layout.finish([layout.image("one", platform)]);
		const { code, stderr, platforms } = await exporting("-p", "linux/arm64");
		expect(code, stderr).toBe(0);
		expect(platforms).toEqual(["linux/arm64"]);
		expect(stderr).toContain("it is taken for the platform that was asked for");
		const without = await exporting();
		expect(without.code).toBe(4);
		expect(without.document.error.message).toContain("--platform says which one it is for");
	},
);

const EMPTY = "application/vnd.oci.empty.v1+json";
const SBOM = "application/vnd.example.sbom";

test.each([
	["a referrer with artifactType", (layout: Layout, image: Descriptor) => [referrer(layout, image, SBOM)]],
	["a referrer that says nothing in the index", (layout, image) => [referrer(layout, image, undefined)]],
	["an index of referrers", (layout, image) => [layout.index([referrer(layout, image, SBOM)])]],
	[
		"the same image once more",
		(_, image) => [{ ...image, annotations: { "org.opencontainers.image.ref.name": "2" } }],
	],
	["the index that holds it", (layout, image) => [layout.index([{ ...image, platform: arm64 }])]],
	["a signature of cosign", (layout) => [signature(layout)]],
	["null annotations", (layout) => [{ ...signature(layout), annotations: { kind: null } }]],
] as readonly [string, (layout: Layout, image: Descriptor) => object[]][])(
	"beside an image %s is not a further image",
	async (_, others) => {
		const layout = new Layout();
		const image = layout.image("one", arm64);
		layout.finish([image, ...others(layout, image)]);
		const { code, stderr, platforms } = await exporting();
		expect(code, stderr).toBe(0);
		expect(platforms).toEqual(["linux/arm64"]);
	},
);

function referrer(layout: Layout, subject: Descriptor, artifactType: string | undefined): object {
	const config = layout.blob({}, EMPTY);
	const layers = [layout.blob("sbom", "text/spdx")];
	const document = {
		schemaVersion: 2,
		mediaType: TYPES.manifest,
		artifactType: SBOM,
		config,
		layers,
		subject,
	};
	return { ...layout.blob(document, TYPES.manifest), artifactType };
}

function signature(layout: Layout): object {
	const config = layout.blob({ rootfs: { type: "layers", diff_ids: [] } }, TYPES.config);
	const layers = [layout.blob("sig", "application/vnd.dev.cosign.simplesigning.v1+json")];
	return layout.blob({ schemaVersion: 2, mediaType: TYPES.manifest, config, layers }, TYPES.manifest);
}

test("two different images stay ambiguous", async () => {
	const layout = new Layout();
	layout.finish([layout.image("one", arm64), layout.image("two", arm64)]);
	expect((await exporting()).code).toBe(3);
});

test("an artifact type beside a whole image is not a reason to refuse it", async () => {
	const layout = new Layout();
	layout.finish([layout.image("one", arm64, { more: { artifactType: SBOM } })]);
	expect((await exporting()).platforms).toEqual(["linux/arm64"]);
});

test("one image under two names of a docker archive is one image", async () => {
	const image = sampleImage("saved");
	const members = oldDockerMembers([{ image, tags: ["app:1"] }]);
	const manifest = members.find(({ path }) => path === "manifest.json")!;
	const [entry] = JSON.parse(String(manifest.body));
	const body = JSON.stringify([entry, { ...entry, RepoTags: ["app:2"] }]);
	const others = members.filter((member) => member !== manifest);
	writeFileSync(place.path("saved.tar"), tarball(...others, { path: "manifest.json", body }));
	const { code, stderr } = await place.run(["mksquashfs", "saved.tar", "out.squashfs", "-comp", "gzip"]);
	expect(code, stderr).toBe(0);
});

test.each([
	[
		"Docker-Content-Digest in quotes and capitals",
		(digest: string) => ["Docker-Content-Digest", `"${digest.toUpperCase()}"`],
	],
	["a content type of some JSON", () => ["Content-Type", "text/json; charset=utf-8"]],
	["another content type of some JSON", () => ["Content-Type", "application/hal+json"]],
	["a folded header", () => ["X-Note", "one\r\n two"]],
] as readonly [string, (digest: string) => [string, string]][])(
	"%s does not end a pull",
	async (_, header) => {
		const registry = await TestRegistry.start();
		try {
			const { digest } = registry.addImage("app", amd64, [tarball({ path: "x" })], "1");
			registry.script(/manifests/, (call, response) => {
				const [name, value] = header(digest);
				const bytes = registry.manifest("app/1")!;
				const socket = response.socket!;
				const head = [`Content-Length: ${bytes.length}`, `${name}: ${value}`];
				if (name !== "Content-Type") head.push(`Content-Type: ${TYPES.manifest}`);
				socket.write(`HTTP/1.1 200 OK\r\n${head.join("\r\n")}\r\n\r\n`);
				socket.end(call.method === "HEAD" ? "" : bytes);
				return true;
			});
			const { code, stderr } = await place.run(["pull", `${registry.host}/app:1`, "-o", "pulled"]);
			expect(code, stderr).toBe(0);
		} finally {
			await registry.close();
		}
	},
);
