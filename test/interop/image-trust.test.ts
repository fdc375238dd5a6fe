import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openImages, parseImageInput } from "../../src/container/index.js";
import type { PvpkgError } from "../../src/ground/bytes/index.js";
import { parseImagePolicy } from "../../src/image/trust/index.js";
import { Workplace } from "../support/command-line.js";
import { DockerRegistry } from "../support/docker-registry.js";
import {
	claimOf,
	createImageSigner,
	digestOf,
	type ImageSigner,
	putRecorded,
	putSignature,
	RECORDED_NAME,
} from "../support/image-signer.js";
import { LayoutDirectory } from "../support/layout-directory.js";
import { AMD64, RunPlace } from "../support/memory-run.js";
import { TYPES } from "../support/memory-source.js";
import { needs } from "../support/needs.js";
import { run, runBeside } from "../support/programs.js";
import { TestRegistry } from "../support/registry.js";
import { closeAll, directoryOf } from "../support/registry-client.js";
import { tarball } from "../support/tar-builder.js";
import { file } from "../support/tar-members.js";

const signer = createImageSigner();
const stranger = createImageSigner();

/** A policy, and the image that it judges. */
interface Case {
	readonly what: string;
	/** Tag, or `tag@` for its digest. */
	readonly image: string;
	readonly policy: object;
	/** Whether pvpkg and skopeo take the image. */
	readonly taken: boolean;
}

needs("skopeo").describe("policies judge as skopeo does (needs skopeo)", () => {
	let registry: TestRegistry;
	let place: Workplace;

	beforeAll(async () => {
		registry = await TestRegistry.start();
		place = new Workplace();
		for (const [name, { publicKey }] of Object.entries({ signer, stranger })) {
			writeFileSync(place.path(`${name}.pem`), publicKey);
		}
		const other = put("other");
		sign("good", signer, name());
		sign("tagged", signer, `${name()}:tagged`);
		sign("foreign", stranger, name());
		sign("elsewhere", signer, "registry.example/team/app");
		put("bare");
		putSignature(registry, "team/app", put("moved"), signer, claimOf(other, name()));
		putSignature(registry, "team/app", put("odd"), signer, { critical: { type: "else" }, optional: null });
		for (const [key, text] of Object.entries(putRecorded(registry, "recorded/app"))) {
			writeFileSync(place.path(`${key}.pem`), text);
		}
		mkdirSync(place.path("registries.d"));
		writeFileSync(
			place.path("registries.d/all.yaml"),
			'{"default-docker":{"use-sigstore-attachments":true}}',
		);
	});
	afterAll(async () => {
		place.remove();
		await registry.close();
	});

	const name = (): string => `${registry.host}/team/app`;
	const put = (tag: string): string =>
		registry.addImage("team/app", AMD64, [tarball(file("etc/app", tag))], tag).digest;
	const sign = (tag: string, by: ImageSigner, identity: string): void => {
		const digest = put(tag);
		putSignature(registry, "team/app", digest, by, claimOf(digest, identity));
	};
	const signed = (key: string, more: object = { signedIdentity: { type: "matchRepository" } }): object => ({
		type: "sigstoreSigned",
		keyPath: place.path(`${key}.pem`),
		...more,
	});
	const docker = (scopes: object, other: object = { type: "reject" }): object => ({
		default: [other],
		transports: { docker: scopes },
	});

	function cases(): Case[] {
		const [accept, reject] = [{ type: "insecureAcceptAnything" }, { type: "reject" }];
		const only = (requirement: object) => ({ default: [requirement] });
		const identity = (signedIdentity: object) => only(signed("signer", { signedIdentity }));
		const exact = { type: "exactRepository", dockerRepository: "registry.example/team/app" };
		const remap = { type: "remapIdentity", prefix: registry.host, signedPrefix: "registry.example" };
		const recorded = { signedIdentity: { type: "exactRepository", dockerRepository: RECORDED_NAME } };
		return [
			{ what: "accept anything", image: "bare", policy: only(accept), taken: true },
			{ what: "reject", image: "good", policy: only(reject), taken: false },
			{ what: "a good signature", image: "good", policy: only(signed("signer")), taken: true },
			{ what: "a good signature, by digest", image: "good@", policy: only(signed("signer")), taken: true },
			{ what: "another key", image: "good", policy: only(signed("stranger")), taken: false },
			{ what: "a signature by another key", image: "foreign", policy: only(signed("signer")), taken: false },
			{ what: "no signature", image: "bare", policy: only(signed("signer")), taken: false },
			{ what: "another image's signature", image: "moved", policy: only(signed("signer")), taken: false },
			{ what: "another payload", image: "odd", policy: only(signed("signer")), taken: false },
			{ what: "another name", image: "elsewhere", policy: only(signed("signer")), taken: false },
			{ what: "no tag in the name", image: "good", policy: only(signed("signer", {})), taken: false },
			{
				what: "no tag in the name, by digest",
				image: "good@",
				policy: only(signed("signer", {})),
				taken: false,
			},
			{ what: "the tag in the name", image: "tagged", policy: only(signed("signer", {})), taken: true },
			{ what: "matchExact", image: "tagged", policy: identity({ type: "matchExact" }), taken: true },
			{
				what: "matchExact, by digest",
				image: "tagged@",
				policy: identity({ type: "matchExact" }),
				taken: false,
			},
			{
				what: "matchRepoDigestOrExact, by digest",
				image: "tagged@",
				policy: only(signed("signer", {})),
				taken: true,
			},
			{ what: "exactRepository", image: "elsewhere", policy: identity(exact), taken: true },
			{ what: "exactRepository of another", image: "good", policy: identity(exact), taken: false },
			{ what: "remapIdentity without a tag", image: "elsewhere", policy: identity(remap), taken: false },
			{
				what: "two requirements",
				image: "good",
				policy: { default: [signed("signer"), signed("stranger")] },
				taken: false,
			},
			{
				what: "two keys, one after the other",
				image: "good",
				policy: { default: [signed("signer"), accept] },
				taken: true,
			},
			{ what: "the host's scope", image: "bare", policy: docker({ [registry.host]: [accept] }), taken: true },
			{
				what: "the repository's scope before the host's",
				image: "bare",
				policy: docker({ [registry.host]: [accept], [name()]: [reject] }),
				taken: false,
			},
			{
				what: "the image's scope before the repository's",
				image: "bare",
				policy: docker({ [name()]: [reject], [`${name()}:bare`]: [accept] }),
				taken: true,
			},
			{ what: "a domain's scope", image: "bare", policy: docker({ "*.0.0.1": [accept] }), taken: true },
			{ what: "all registries", image: "bare", policy: docker({ "": [accept] }), taken: true },
			{
				what: "another scope",
				image: "bare",
				policy: docker({ "registry.example": [accept] }),
				taken: false,
			},
			{ what: "an unknown member", image: "bare", policy: only({ ...accept, more: 1 }), taken: false },
			{ what: "an unknown kind", image: "bare", policy: only({ type: "trustMe" }), taken: false },
			{ what: "an empty list", image: "bare", policy: { default: [] }, taken: false },
			{
				what: "cosign's signature",
				image: "recorded:good",
				policy: only(signed("ecdsa", recorded)),
				taken: true,
			},
			{
				what: "cosign's signature by an RSA key",
				image: "recorded:rsa",
				policy: only(signed("rsa", recorded)),
				taken: true,
			},
			{
				what: "cosign's signature for another name",
				image: "recorded:good",
				policy: only(signed("ecdsa")),
				taken: false,
			},
			{
				what: "cosign's signature, by another key",
				image: "recorded:good",
				policy: only(signed("other", recorded)),
				taken: false,
			},
			{
				what: "a bundle, which skopeo does not know",
				image: "recorded:bundle",
				policy: only(signed("ecdsa", recorded)),
				taken: false,
			},
		];
	}

	/** The full name of a case's image. */
	function imageOf(image: string): string {
		if (image.startsWith("recorded:")) return `${registry.host}/recorded/app:${image.slice(9)}`;
		if (!image.endsWith("@")) return `${name()}:${image}`;
		return `${name()}@${digestOf(registry, `team/app/${image.slice(0, -1)}`)}`;
	}

	async function skopeoTakes(image: string, policy: string): Promise<boolean> {
		const flags = ["--policy", policy, "--registries.d", place.path("registries.d")];
		const to = `dir:${directoryOf({})}`;
		try {
			await runBeside(
				"skopeo",
				...flags,
				"copy",
				"-q",
				"--remove-signatures",
				"--src-tls-verify=false",
				`docker://${image}`,
				to,
			);
			return true;
		} catch {
			return false;
		}
	}

	async function pvpkgTakes(image: string, path: string): Promise<boolean> {
		const own = new RunPlace();
		try {
			const policy = parseImagePolicy(readFileSync(path), path, (key) => readFileSync(key));
			const settings = own.settings(() => undefined, { imageTrust: { keys: [], policy } });
			await own.run(settings, (each) =>
				openImages(each, parseImageInput(image), { platforms: [AMD64], take: "each" }),
			);
			return true;
		} catch (error) {
			expect(["ERR_IMAGE_SIGNATURE", "ERR_IMAGE_POLICY", "ERR_IMAGE_POLICY_FORMAT"]).toContain(
				(error as PvpkgError).code,
			);
			return false;
		} finally {
			own.remove();
		}
	}

	test("over 35 policies and images", async () => {
		const path = place.path("policy.json");
		const judged = async (policy: object, image: string, judge: typeof pvpkgTakes): Promise<boolean> => {
			writeFileSync(path, JSON.stringify(policy));
			return judge(imageOf(image), path);
		};
		// Debian builds skopeo without sigstore: then it says nothing of what it would take with a signature.
		const [, probe] = cases().filter(({ what }) => what === "reject" || what === "a good signature");
		const knowsSigstore = await judged(probe!.policy, probe!.image, skopeoTakes);
		const verdicts: object[] = [];
		for (const { what, image, policy, taken } of cases()) {
			const isTold = knowsSigstore || !taken || !JSON.stringify(policy).includes("sigstoreSigned");
			const skopeo = isTold ? await judged(policy, image, skopeoTakes) : taken;
			verdicts.push({ what, skopeo, pvpkg: await judged(policy, image, pvpkgTakes) });
		}
		expect(verdicts).toEqual(cases().map(({ what, taken }) => ({ what, skopeo: taken, pvpkg: taken })));
		await closeAll();
	});
});

needs("skopeo").describe("policies judge images of this machine as skopeo does (needs skopeo)", () => {
	let place: Workplace;
	beforeAll(async () => {
		place = new Workplace();
		const layout = new LayoutDirectory(place.path("layout"));
		layout.tag("v1", [layout.addImage(AMD64, [{ archive: tarball(file("etc/app", "one")) }])]);
		const copy = (to: string) =>
			runBeside("skopeo", "--insecure-policy", "copy", "-q", `oci:${place.path("layout")}:v1`, to);
		for (const to of ["dir:images", "oci-archive:one.tar:v1", "docker-archive:saved.tar:app:1"]) {
			await copy(to.replace(":", `:${place.directory}/`));
		}
		symlinkSync("layout", place.path("link"));
	});
	afterAll(() => place.remove());

	async function takes(judge: () => Promise<unknown>): Promise<boolean> {
		try {
			await judge();
			return true;
		} catch {
			return false;
		}
	}

	test("by transport, by directory, through links, and by default", async () => {
		const [accept, reject] = [[{ type: "insecureAcceptAnything" }], [{ type: "reject" }]];
		const of = (transport: string, scope: string, inside: object, outside: object) => ({
			default: outside,
			transports: { [transport]: { [scope]: inside } },
		});
		const { directory } = place;
		const images = ["oci:layout:v1", "oci:link:v1", "dir:images", "oci-archive:one.tar:v1"];
		const cases: [image: string, policy: object][] = [
			...[...images, "docker-archive:saved.tar:app:1"].flatMap((image): [string, object][] => {
				const [transport] = image.split(":");
				return [
					[image, { default: reject }],
					[image, { default: accept }],
					[image, of(transport!, "", accept, reject)],
					[image, of(transport!, "", reject, accept)],
					[image, of("docker", "", accept, reject)],
				];
			}),
			...images.flatMap((image): [string, object][] => {
				const [transport, path] = image.split(":");
				return [
					[image, of(transport!, directory, accept, reject)],
					[image, of(transport!, `${directory}/${path}`, reject, accept)],
					[image, of(transport!, `${directory}/layout`, accept, reject)],
					[image, of(transport!, "/another", accept, reject)],
				];
			}),
		];
		const verdicts: object[] = [];
		for (const [image, policy] of cases) {
			const [full, path] = [image.replace(":", `:${directory}/`), place.path("policy.json")];
			writeFileSync(path, JSON.stringify(policy));
			const to = `dir:${directoryOf({})}`;
			const skopeo = await takes(() => runBeside("skopeo", "--policy", path, "copy", "-q", full, to));
			const own = new RunPlace();
			const parsed = parseImagePolicy(readFileSync(path), path, (key) => readFileSync(key));
			const settings = own.settings(() => undefined, { imageTrust: { keys: [], policy: parsed } });
			const pvpkg = await takes(() =>
				own.run(settings, (each) => openImages(each, parseImageInput(full), { take: "each" })),
			);
			own.remove();
			verdicts.push({ image, policy, skopeo, pvpkg });
		}
		expect(verdicts).toEqual(
			verdicts.map((verdict) => ({ ...verdict, pvpkg: (verdict as { skopeo: boolean }).skopeo })),
		);
		const taken = verdicts.filter((verdict) => (verdict as { skopeo: boolean }).skopeo);
		expect(taken.length).toBeGreaterThan(10);
		expect(taken.length).toBeLessThan(verdicts.length - 10);
		await closeAll();
	});
});

/** Where cosign is not there, what it pushed once stands in for it: `cli/image-trust` has that. */
needs("skopeo", "docker-registry", "cosign").describe(
	"images signed by cosign in docker-registry",
	cosignTests,
);

function cosignTests(): void {
	let registry: DockerRegistry;
	let place: Workplace;
	const image = (tag: string): string => `${registry.host}/team/app:${tag}`;

	beforeAll(async () => {
		registry = await DockerRegistry.start(directoryOf({}));
		place = new Workplace();
		const source = await TestRegistry.start();
		for (const tag of ["good", "bundled", "stripped", "moved"]) {
			source.addImage("app", AMD64, [tarball(file("etc/app", tag))], tag);
			const flags = ["copy", "-q", "--src-tls-verify=false", "--dest-tls-verify=false"];
			await runBeside("skopeo", ...flags, `docker://${source.host}/app:${tag}`, `docker://${image(tag)}`);
		}
		await source.close();
		for (const prefix of ["signer", "stranger"]) {
			run(
				"env",
				"COSIGN_PASSWORD=",
				"cosign",
				"generate-key-pair",
				"--output-key-prefix",
				place.path(prefix),
			);
		}
		for (const tag of ["good", "stripped"]) await cosign("sign", tag);
		await cosign("sign", "bundled", "--new-bundle-format");
		const [from, to] = [await digest("good"), await digest("moved")].map(
			(each) => `${each.replace(":", "-")}.sig`,
		);
		const manifest = await fetch(`http://${registry.host}/v2/team/app/manifests/${from}`, {
			headers: { accept: TYPES.manifest },
		});
		const headers = { "content-type": TYPES.manifest };
		const body = await manifest.text();
		await fetch(`http://${registry.host}/v2/team/app/manifests/${to}`, { method: "PUT", headers, body });
		const stripped = `${(await digest("stripped")).replace(":", "-")}.sig`;
		const head = await fetch(`http://${registry.host}/v2/team/app/manifests/${stripped}`, {
			headers: { accept: TYPES.manifest },
		});
		const own = head.headers.get("docker-content-digest");
		await fetch(`http://${registry.host}/v2/team/app/manifests/${own}`, { method: "DELETE" });
	});
	afterAll(async () => {
		place.remove();
		await registry.close();
		await closeAll();
	});

	async function digest(tag: string): Promise<string> {
		return (
			await runBeside(
				"skopeo",
				"inspect",
				"--tls-verify=false",
				"--format",
				"{{.Digest}}",
				`docker://${image(tag)}`,
			)
		).trim();
	}

	async function cosign(command: string, tag: string, ...more: string[]): Promise<void> {
		const flags = [
			"--tlog-upload=false",
			"--yes",
			"--allow-http-registry",
			"--key",
			place.path("signer.key"),
			...more,
		];
		const name = `${registry.host}/team/app@${await digest(tag)}`;
		await runBeside("env", "COSIGN_PASSWORD=", "cosign", command, ...flags, name);
	}

	async function cosignTakes(tag: string, key: string): Promise<boolean> {
		// A key needs none of it, but cosign wants to see one.
		const root = place.path("root.json");
		writeFileSync(root, '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}');
		const format = tag === "bundled" ? ["--new-bundle-format", "--trusted-root", root] : [];
		const flags = [
			"--insecure-ignore-tlog",
			"--allow-http-registry",
			...format,
			"--key",
			place.path(`${key}.pub`),
		];
		return runBeside("cosign", "verify", ...flags, image(tag)).then(
			() => true,
			() => false,
		);
	}

	test.each([
		["good", "signer", true],
		["good", "stranger", false],
		["bundled", "signer", true],
		["bundled", "stranger", false],
		["stripped", "signer", false],
		["moved", "signer", false],
	])("%s by the key of the %s: %s", async (tag, key, taken) => {
		const { code, stderr } = await place.run([
			"pull",
			image(tag),
			"--no-cache",
			"-o",
			"pulled",
			"--verify-image",
			`${key}.pub`,
		]);
		expect(code, stderr).toBe(taken ? 0 : 5);
		expect(await cosignTakes(tag, key)).toBe(taken);
	});
}
