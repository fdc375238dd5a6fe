import { spawnSync } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keyFiles, readBundle, type TestBundle, writeLayout } from "../support/attestations.js";
import { Workplace } from "../support/command-line.js";
import { needs } from "../support/needs.js";

// Whether cosign takes our attestations with nothing but the key: no log, no authority, no network.

const EMPTY_ROOT = {
	mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
	...{ tlogs: [], certificateAuthorities: [], ctlogs: [], timestampAuthorities: [] },
};

needs("go", "cosign").describe("cosign", () => {
	let place: Workplace;
	beforeAll(() => {
		place = new Workplace();
		writeLayout(place);
		writeFileSync(place.path("empty-root.json"), JSON.stringify(EMPTY_ROOT));
		writeFileSync(place.path("other.txt"), "another file");
	});
	afterAll(() => place.remove());

	/** What cosign says of a bundle, a key, a type of predicate and a file. */
	function verify(
		bundle: string,
		key: string,
		type: string,
		file: string,
	): { code: number | null; text: string } {
		const args = ["--bundle", bundle, "--key", key, "--type", type, "--new-bundle-format"];
		const alone = ["--trusted-root", "empty-root.json", "--insecure-ignore-tlog=true"];
		const { status, stdout, stderr } = spawnSync(
			"cosign",
			["verify-blob-attestation", ...args, ...alone, file],
			{ cwd: place.directory, encoding: "utf8", env: { PATH: process.env.PATH, HOME: place.directory } },
		);
		return { code: status, text: stdout + stderr };
	}

	describe.each(["RSA", "P-256"] as const)("%s", (kind) => {
		const name = (what: string): string => `${kind}/web.tgz.${what}.sigstore.json`;
		const [key, file] = [`${kind}.pub`, `${kind}/web.tgz`];

		beforeAll(async () => {
			const curve = kind === "RSA" ? undefined : kind;
			keyFiles(place, kind, curve);
			keyFiles(place, `other-${kind}`, curve);
			const { code, stderr } = await place.run(
				[
					...["export", "oci:image:v1", "web", "-p", "amd64", "-o", file, "--provenance"],
					...["--sbom", "spdx-json,cyclonedx-json", "--attest-key", `${kind}.pem`],
				],
				{ env: { PVPKG_TIER: "fast" } },
			);
			expect(code, stderr).toBe(0);
		});

		test.each([
			["provenance", "slsaprovenance1"],
			["spdx", "spdxjson"],
			["cdx", "cyclonedx"],
		])("accepts %s as %s", (what, type) => {
			expect(verify(name(what), key, type, file)).toEqual({
				code: 0,
				text: expect.stringContaining("Verified OK"),
			});
		});

		/** A bundle after a change. */
		function changed(change: (bundle: TestBundle) => void): string {
			const bundle = readBundle(place.path(name("provenance")));
			change(bundle);
			writeFileSync(place.path("changed.json"), JSON.stringify(bundle));
			return "changed.json";
		}

		const flip = (base64: string, at: number): string => {
			const bytes = Buffer.from(base64, "base64");
			bytes[at]! ^= 1;
			return bytes.toString("base64");
		};

		test.each<[string, () => readonly [bundle: string, key: string, type: string, file: string]]>([
			["another file", () => [name("provenance"), key, "slsaprovenance1", "other.txt"]],
			["another key", () => [name("provenance"), `other-${kind}.pub`, "slsaprovenance1", file]],
			["another type", () => [name("provenance"), key, "spdxjson", file]],
			[
				"a changed payload",
				() => [
					changed(({ dsseEnvelope }) => {
						dsseEnvelope.payload = flip(dsseEnvelope.payload, 200);
					}),
					...([key, "slsaprovenance1", file] as const),
				],
			],
			[
				"a changed signature",
				() => [
					changed(({ dsseEnvelope: { signatures } }) => {
						signatures[0]!.sig = flip(signatures[0]!.sig, 20);
					}),
					...([key, "slsaprovenance1", file] as const),
				],
			],
			[
				"a bundle that is cut off",
				() => {
					const text = readFileSync(place.path(name("provenance")), "utf8");
					writeFileSync(place.path("cut.json"), text.slice(0, -30));
					return ["cut.json", key, "slsaprovenance1", file];
				},
			],
		])("refuses %s", (_, make) => {
			expect(verify(...make()).code).not.toBe(0);
		});

		test("accepts a statement that was signed elsewhere", async () => {
			copyFileSync(place.path(file), place.path("unsigned.tgz"));
			const { code, stderr } = await place.run(
				[
					...["export", "oci:image:v1", "web", "-p", "amd64", "-o", "unsigned.tgz", "--no-sign"],
					...["--provenance", "--attestation-form", "statement"],
				],
				{ env: { PVPKG_TIER: "fast" } },
			);
			expect(code, stderr).toBe(0);
			const signed = await place.run([
				"attest",
				"unsigned.tgz.provenance.intoto.json",
				"--key",
				`${kind}.pem`,
			]);
			expect(signed.code, signed.stderr).toBe(0);
			expect(
				verify("unsigned.tgz.provenance.sigstore.json", key, "slsaprovenance1", "unsigned.tgz").code,
			).toBe(0);
		});
	});
});
