import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { bundleFromJSON } from "@sigstore/bundle";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keyFiles, readBundle, type TestBundle, writeLayout } from "../support/attestations.js";
import { Workplace } from "../support/command-line.js";

// Whether sigstore's JavaScript verifier takes our bundles. It knows nothing of subjects: these are ours to check.

const EMPTY_ROOT = {
	mediaType: "",
	tlogs: [],
	certificateAuthorities: [],
	ctlogs: [],
	timestampAuthorities: [],
};
const ALONE = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 };

let place: Workplace;
beforeAll(() => {
	place = new Workplace();
	writeLayout(place);
});
afterAll(() => place.remove());

/** Verifies a bundle with the key in a file; the bundle's hint must be that key's. */
function verify(bundle: unknown, keyFile: string): void {
	const key = createPublicKey(readFileSync(place.path(keyFile)));
	const { verificationMaterial } = bundle as { verificationMaterial: { publicKey: { hint: string } } };
	const trust = toTrustMaterial(EMPTY_ROOT, (hint) => {
		expect(hint).toBe(verificationMaterial.publicKey.hint);
		return { publicKey: key, validFor: () => true };
	});
	new Verifier(trust, ALONE).verify(toSignedEntity(bundleFromJSON(bundle)));
}

const flip = (base64: string, at: number): string => {
	const bytes = Buffer.from(base64, "base64");
	bytes[at]! ^= 1;
	return bytes.toString("base64");
};

describe.each(["RSA", "P-256"] as const)("@sigstore/verify, %s", (kind) => {
	const names = ["provenance", "spdx", "cdx"].map((name) => `${kind}/web.tgz.${name}.sigstore.json`);
	const bundle = (): TestBundle => readBundle(place.path(names[0]!));

	beforeAll(async () => {
		const curve = kind === "RSA" ? undefined : kind;
		keyFiles(place, kind, curve);
		keyFiles(place, `other-${kind}`, curve);
		const { code, stderr } = await place.run(
			[
				...["export", "oci:image:v1", "web", "-p", "amd64", "-o", `${kind}/web.tgz`, "--provenance"],
				...["--sbom", "spdx-json,cyclonedx-json", "--attest-key", `${kind}.pem`],
			],
			{ env: { PVPKG_TIER: "fast" } },
		);
		expect(code, stderr).toBe(0);
	});

	test("accepts every bundle", () => {
		for (const name of names) verify(readBundle(place.path(name)), `${kind}.pub`);
	});

	test("refuses another key", () => {
		expect(() => verify(bundle(), `other-${kind}.pub`)).toThrow("signature");
	});

	test.each<[string, (bundle: TestBundle) => void]>([
		[
			"a byte of the payload",
			({ dsseEnvelope }) => {
				dsseEnvelope.payload = flip(dsseEnvelope.payload, 100);
			},
		],
		[
			"a byte of the signature",
			({ dsseEnvelope: { signatures } }) => {
				signatures[0]!.sig = flip(signatures[0]!.sig, 20);
			},
		],
		[
			"the type of the payload",
			({ dsseEnvelope }) => {
				dsseEnvelope.payloadType = "text/plain";
			},
		],
	])("refuses a bundle with another %s", (_, change) => {
		const changed = bundle();
		change(changed);
		expect(() => verify(changed, `${kind}.pub`)).toThrow("signature");
	});

	test("refuses a bundle without its signature", () => {
		const { dsseEnvelope, ...rest } = bundle();
		expect(() =>
			verify({ ...rest, dsseEnvelope: { ...dsseEnvelope, signatures: [] } }, `${kind}.pub`),
		).toThrow();
	});
});
