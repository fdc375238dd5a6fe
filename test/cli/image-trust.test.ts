import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Workplace } from "../support/command-line.js";
import { exitExpectations } from "../support/exit-expectations.js";
import {
	bundleOf,
	claimOf,
	createImageSigner,
	digestOf,
	putBundle,
	putRecorded,
	putSignature,
	statementOf,
} from "../support/image-signer.js";
import { TYPES } from "../support/memory-source.js";
import { answerJson, TestRegistry } from "../support/registry.js";
import { tarball } from "../support/tar-builder.js";
import { file } from "../support/tar-members.js";

const AMD64 = { os: "linux", architecture: "amd64" };
const ARM = { os: "linux", architecture: "arm", variant: "v7" };
const signer = createImageSigner();
const stranger = createImageSigner();

let registry: TestRegistry;
let place: Workplace;
/** Of the index `1`, and of its two manifests. */
let index: string;
let manifests: readonly string[];

beforeAll(async () => {
	registry = await TestRegistry.start();
});
afterAll(() => registry.close());
beforeEach(() => {
	place?.remove();
	place = new Workplace();
	writeFileSync(place.path("signer.pem"), signer.publicKey);
	writeFileSync(place.path("stranger.pem"), stranger.publicKey);
	publish("1", "first");
});
afterAll(() => place.remove());

let count = 0;

/** Gives a tag of a repository an index of two platforms: each time other ones. */
function publish(tag: string, content: string): void {
	const images = [AMD64, ARM].map((platform) =>
		registry.addImage("team/app", platform, [
			tarball(file("etc/app", `${content} ${platform.architecture} ${++count}`)),
		]),
	);
	index = registry.addIndex("team/app", tag, images).digest;
	manifests = images.map(({ digest }) => digest);
}

const name = () => `${registry.host}/team/app`;
const signed = (digest: string) =>
	putSignature(registry, "team/app", digest, signer, claimOf(digest, name()));

async function run(...args: string[]) {
	return place.run(args, {
		env: { PVPKG_TIER: "fast", BUILD_VERSION: "1", PACKAGE_NAME: "p", PACKAGE_VERSION: "1" },
	});
}

const { done, refused } = exitExpectations(run);

const exporting = (tag: string, ...more: string[]) => [
	...["export", `${name()}:${tag}`, "app", "--no-sign", "-o", "out/", ...more],
];
const written = () => readdirSync(place.directory).includes("out");

function writePolicy(requirement: object): string {
	const path = place.path("policy.json");
	writeFileSync(path, JSON.stringify({ default: [requirement] }));
	return path;
}

describe("--verify-image", () => {
	test("takes an image whose index is signed, and keeps whose signature it is in the document and the lock", async () => {
		signed(index);
		await done(...exporting("1", "--verify-image", "stranger.pem", "--verify-image", "signer.pem"));
		await done(
			"install",
			`${name()}:1`,
			"web",
			"-p",
			"linux/amd64,linux/arm/v7",
			"--verify-image",
			"signer.pem",
		);
		await done("lock", "--verify-image", "signer.pem");
		const { platforms } = JSON.parse(readFileSync(place.path("pvpkg.lock.json"), "utf8")).images[
			`${name()}:1`
		];
		expect(platforms["linux/amd64"].signatures).toEqual([
			{
				key: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
				digest: index,
				form: "simple-signing",
				identity: name(),
			},
		]);
		await done("build", "--no-sign", "--locked", "--verify-image", "signer.pem");
	});

	test("takes images whose manifests are signed, each of the chosen platforms", async () => {
		signed(manifests[0]!);
		await done(...exporting("1", "-p", "linux/amd64", "--verify-image", "signer.pem"));
		rmSync(place.path("out"), { recursive: true });
		const stderr = await refused(5, ...exporting("1", "--verify-image", "signer.pem"));
		expect(stderr).toContain(
			`linux/arm/v7: check signature (--verify-image): there is no signature of ${index}`,
		);
		expect(written()).toBe(false);
	});

	test.each([
		[
			"another key",
			() => putSignature(registry, "team/app", index, stranger, claimOf(index, name())),
			"by none of the keys",
		],
		[
			"another image",
			() => putSignature(registry, "team/app", index, signer, claimOf(manifests[0]!, name())),
			"of another image",
		],
		["nobody", () => {}, "there is no signature of"],
		[
			"a payload of another kind",
			() => putSignature(registry, "team/app", index, signer, { critical: { type: "else" }, optional: null }),
			"payload: expected",
		],
		[
			"a payload with members that nobody knows",
			() => putSignature(registry, "team/app", index, signer, claimOf(index, name(), { more: 1 })),
			"payload: expected",
		],
	])("refuses what is signed by %s, and writes nothing", async (_, sign, message) => {
		sign();
		expect(await refused(5, ...exporting("1", "--verify-image", "signer.pem"))).toContain(message);
		expect(written()).toBe(false);
	});

	test("does not go on to another place", async () => {
		const stderr = await refused(
			5,
			...exporting("1", "--verify-image", "signer.pem", "--source", "remote,local"),
		);
		expect(stderr).not.toContain("docker-daemon");
	});

	test.each([
		["the registry's list", "api"],
		["the tag in its place", "tag"],
	])("takes bundles in referrers, found by %s", async (_, how) => {
		const entry = putBundle(registry, "team/app", index, bundleOf(signer, statementOf(index)));
		const other = putBundle(
			registry,
			"team/app",
			index,
			bundleOf(signer, statementOf(index, "https://slsa.dev/provenance/v1")),
		);
		const list = { schemaVersion: 2, mediaType: TYPES.index, manifests: [other, entry] };
		if (how === "api")
			registry.script(new RegExp(`referrers/${index}`), (_call, response) => answerJson(response, 200, list));
		else registry.addManifest("team/app", index.replace(":", "-"), list, TYPES.index);
		await done(...exporting("1", "--verify-image", "signer.pem"));
		expect(await refused(5, ...exporting("1", "--verify-image", "stranger.pem"))).toContain(
			"by none of the keys",
		);
	});

	test("follows the pages of a list of referrers, on the same host", async () => {
		const provenance = bundleOf(signer, statementOf(index, "https://slsa.dev/provenance/v1"));
		const entries = [provenance, provenance, bundleOf(signer, statementOf(index))].map((bundle) =>
			putBundle(registry, "team/app", index, bundle),
		);
		let [pages, host] = [entries, ""];
		registry.script(new RegExp(`referrers/${index}`), ({ query, path }, response) => {
			const page = Number(query.get("page") ?? 0);
			if (page + 1 < pages.length)
				response.setHeader("link", `<${host}${path}?page=${page + 1}>; rel="next"`);
			answerJson(response, 200, { schemaVersion: 2, mediaType: TYPES.index, manifests: [pages[page]] });
		});
		await done(...exporting("1", "--verify-image", "signer.pem"));
		const again = exporting("1", "--verify-image", "signer.pem", "--no-cache", "--retries", "0");
		host = "http://elsewhere.example";
		const stderr = await refused(3, ...again);
		expect(stderr).toContain("the next page is elsewhere, at http://elsewhere.example");
		[pages, host] = [Array(200).fill(entries[0]), ""];
		expect(await refused(3, ...again)).toContain("expected at most 100 pages");
	});

	test("takes an image of a project without a lock by the index that its tag means", async () => {
		signed(index);
		await done("install", `${name()}:1`, "web", "-p", "linux/amd64");
		const building = ["build", "--no-sign", "--verify-image", "signer.pem"];
		const { stdout } = await done(...building, "--json");
		expect(JSON.parse(stdout).releases[0].signatures).toEqual([
			expect.objectContaining({ container: "web", digest: index, form: "simple-signing" }),
		]);
		const old = index;
		publish("1", "second");
		const stderr = await refused(5, ...building);
		expect(stderr).toMatch(
			/there is no signature of sha256:[0-9a-f]{64} \(it is known by its digest alone, and the index that .*:1 means now does not name it: "pvpkg lock" records the index, which may be signed\)/,
		);
		expect(stderr).not.toContain(old);
	});

	test("names the signatures in the document of export", async () => {
		signed(manifests[0]!);
		const { stdout } = await done(
			...exporting("1", "-p", "linux/amd64", "--verify-image", "signer.pem", "--json"),
		);
		expect(JSON.parse(stdout).packages[0].signatures).toEqual([
			{
				container: "app",
				key: expect.stringMatching(/^sha256:/),
				digest: manifests[0],
				form: "simple-signing",
				identity: name(),
			},
		]);
		const plain = await done(...exporting("1", "-p", "linux/amd64", "--json"));
		expect(JSON.parse(plain.stdout).packages[0].signatures).toEqual([]);
	});

	test.each([
		[
			"an attestation of the image",
			() => bundleOf(signer, statementOf(index, "https://slsa.dev/provenance/v1")),
			"is an attestation",
		],
		[
			"a statement about another image",
			() => bundleOf(signer, statementOf(manifests[0]!)),
			"of another image",
		],
	])("refuses a bundle of %s", async (_, make, message) => {
		const list = {
			schemaVersion: 2,
			mediaType: TYPES.index,
			manifests: [putBundle(registry, "team/app", index, make())],
		};
		registry.addManifest("team/app", index.replace(":", "-"), list, TYPES.index);
		expect(await refused(5, ...exporting("1", "--verify-image", "signer.pem"))).toContain(message);
	});

	test("has the signatures offline: in the store, and in the layout that fetch writes", async () => {
		signed(index);
		await done("install", `${name()}:1`, "web", "-p", "linux/amd64");
		await done("lock", "--verify-image", "signer.pem");
		await done("fetch", "-o", "images", "--verify-image", "signer.pem");
		await done("build", "--no-sign", "--frozen", "--verify-image", "signer.pem");
		rmSync(place.path("cache"), { recursive: true });
		const calls = registry.calls.length;
		await done("build", "--no-sign", "--frozen", "--from", "images", "--verify-image", "signer.pem");
		expect(registry.calls.length).toBe(calls);
		const other = await refused(
			5,
			"build",
			"--no-sign",
			"--frozen",
			"--from",
			"images",
			"--verify-image",
			"stranger.pem",
		);
		expect(other).toContain("by none of the keys");
		await done("fetch", "-o", "bare");
		const bare = await refused(
			5,
			"build",
			"--no-sign",
			"--frozen",
			"--from",
			"bare",
			"--verify-image",
			"signer.pem",
		);
		expect(bare).toContain("the network is forbidden");
	});

	test("is checked of images that an earlier run made, too", async () => {
		signed(index);
		await done("install", `${name()}:1`, "web", "-p", "linux/amd64");
		await done("build", "--no-sign");
		await done("export", `${name()}:1`, "web", "-p", "linux/amd64", "--no-sign", "-o", "x.tgz");
		const message = await refused(5, "build", "--no-sign", "--verify-image", "stranger.pem");
		expect(message).toContain("check signature (--verify-image)");
		await refused(5, ...exporting("1", "--verify-image", "stranger.pem"));
		await done("lock");
		await done("build", "--no-sign", "--locked");
		await refused(5, "build", "--no-sign", "--locked", "--verify-image", "stranger.pem");
	});

	test("does not believe a lock that names a signed index beside an image that is not of it", async () => {
		signed(index);
		publish("2", "second");
		await done("install", `${name()}:1`, "web", "-p", "linux/amd64");
		await done("install", `${name()}:2`, "other", "-p", "linux/amd64");
		await done("lock");
		const path = place.path("pvpkg.lock.json");
		const lock = JSON.parse(readFileSync(path, "utf8"));
		lock.images[`${name()}:1`].platforms = lock.images[`${name()}:2`].platforms;
		writeFileSync(path, JSON.stringify(lock));
		rmSync(place.path("pvpkg/amd64/other"), { recursive: true });
		const message = await refused(5, "build", "--no-sign", "--locked", "--verify-image", "signer.pem");
		expect(message).toMatch(
			/the lock has sha256:[0-9a-f]{64}, which the index sha256:[0-9a-f]{64} does not name/,
		);
		expect(await refused(3, "fetch", "-o", "images")).toContain("which it does not name");
	});

	test("takes images of registries alone, and public keys alone", async () => {
		await done("pull", `${name()}:1`, "-o", "layout");
		const stderr = await refused(
			5,
			"export",
			"oci:layout",
			"app",
			"--no-sign",
			"--verify-image",
			"signer.pem",
		);
		expect(stderr).toContain("expected an image of a registry");
		expect(await refused(3, ...exporting("1", "--verify-image", "key.pem"))).toContain("got a private key");
		expect(await refused(4, ...exporting("1", "--verify-image", "gone.pem"))).toContain("gone.pem");
	});

	test.each(["rsa", "ed25519", "p384"] as const)("knows %s keys", async (kind) => {
		const other = createImageSigner(kind);
		writeFileSync(place.path("other.pem"), other.publicKey);
		putSignature(registry, "team/app", index, other, claimOf(index, name()));
		await done(...exporting("1", "-p", "linux/amd64", "--verify-image", "other.pem"));
	});

	test("takes what cosign itself signed", async () => {
		const keys = putRecorded(registry, "recorded/app");
		for (const [file, text] of Object.entries(keys)) writeFileSync(place.path(`${file}.pem`), text);
		const exported = (tag: string, key: string) => {
			const image = `${registry.host}/recorded/app:${tag}`;
			return run(
				"export",
				image,
				"app",
				"-p",
				"linux/amd64",
				"--no-sign",
				"-o",
				"out/",
				"--verify-image",
				`${key}.pem`,
			);
		};
		expect(digestOf(registry, "recorded/app/good")).toMatch(/^sha256:a7698a01/);
		for (const [tag, key, code] of [
			["good", "ecdsa", 0],
			["bundle", "ecdsa", 0],
			["rsa", "rsa", 0],
			["good", "other", 5],
			["bundle", "rsa", 5],
			["rsa", "ecdsa", 5],
		] as const) {
			const result = await exported(tag, key);
			expect(result.code, `${tag} ${key}: ${result.stderr}`).toBe(code);
		}
	});
});

describe("policy.json", () => {
	test("is read from its place in the home, unless another one or none is named", async () => {
		mkdirSync(place.path(".config/containers"), { recursive: true });
		writeFileSync(
			place.path(".config/containers/policy.json"),
			JSON.stringify({ default: [{ type: "reject" }] }),
		);
		const stderr = await refused(5, ...exporting("1"));
		expect(stderr).toContain("/policy.json: default: the policy rejects it");
		expect(written()).toBe(false);
		await done(...exporting("1", "--no-image-policy"));
		await done(...exporting("1", "--image-policy", writePolicy({ type: "insecureAcceptAnything" })));
	});

	test("wants the platform's manifest signed, and names that fit, as podman does", async () => {
		signed(manifests[0]!);
		const keyPath = place.path("signer.pem");
		const loose = { type: "sigstoreSigned", keyPath, signedIdentity: { type: "matchRepository" } };
		await done(...exporting("1", "-p", "linux/amd64", "--image-policy", writePolicy(loose)));
		const strict = writePolicy({ type: "sigstoreSigned", keyPath });
		expect(await refused(5, ...exporting("1", "-p", "linux/amd64", "--image-policy", strict))).toContain(
			"is not the name",
		);
		signed(index);
		await refused(5, ...exporting("1", "-p", "linux/arm/v7", "--image-policy", writePolicy(loose)));
	});

	test("judges images of this machine: rejected, taken by their directory, and never signed", async () => {
		await done("pull", `${name()}:1`, "-o", "layout");
		const exported = (policy: object) => {
			writeFileSync(place.path("policy.json"), JSON.stringify(policy));
			return ["export", "oci:layout", "app", "--no-sign", "-o", "out/", "--image-policy", "policy.json"];
		};
		const [accept, reject] = [[{ type: "insecureAcceptAnything" }], [{ type: "reject" }]];
		const stderr = await refused(5, ...exported({ default: reject }));
		expect(stderr).toContain("oci:layout: check by policy.json: default: the policy rejects it");
		expect(stderr).toContain("--no-image-policy takes the image regardless");
		expect(written()).toBe(false);
		const signedBy = [{ type: "sigstoreSigned", keyPath: place.path("signer.pem") }];
		expect(await refused(5, ...exported({ default: signedBy }))).toContain("an image of oci: has none");
		await done(...exported({ default: reject, transports: { oci: { [place.directory]: accept } } }));
		await refused(5, ...exported({ default: accept, transports: { oci: { "": reject } } }));
	});

	test("is refused where it asks for what is not checked here, or is none", async () => {
		const gpg = writePolicy({ type: "signedBy", keyType: "GPGKeys", keyPath: "/etc/key.gpg" });
		expect(await refused(5, ...exporting("1", "--image-policy", gpg))).toContain(
			"a GPG signature, which pvpkg does not check",
		);
		writeFileSync(place.path("policy.json"), '{"default":[{"type":"reject","more":1}]}');
		expect(await refused(3, ...exporting("1", "--image-policy", "policy.json"))).toContain(
			'unknown member "more"',
		);
	});
});
