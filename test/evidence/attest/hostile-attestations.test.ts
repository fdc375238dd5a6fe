import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import {
	type AttestedPackage,
	checkAttestation,
	encodeSbomStatement,
	signStatement,
} from "../../../src/evidence/attest/index.js";
import { encodeSbom } from "../../../src/evidence/sbom/index.js";
import { localSigner, parsePrivateKey } from "../../../src/pantavisor/signing/index.js";
import { mutate, Random } from "../../support/mutations.js";
import { mixedSubject } from "../../support/sbom-subjects.js";
import { SEED } from "../../support/seed.js";

// Attestations come from strangers: whatever is in them is a finding, and nothing that was changed is believed.

const RUNS = Number(process.env.PVPKG_FUZZ_RUNS ?? 800);

const pem = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
	type: "pkcs8",
	format: "pem",
});
const key = parsePrivateKey(pem, "key");
const subject = mixedSubject();
const about: AttestedPackage = {
	identity: subject.identity,
	file: "0".repeat(64),
	objects: new Map(
		subject.containers.flatMap(({ images }) => images.map(({ path, sha256 }) => [path, sha256])),
	),
	images: subject.containers.flatMap(({ images }) => [...images]),
	chains: [],
};
const evidence = {
	package: { path: "demo.tgz", sha256: about.file!, bytes: 1 },
	state: { unsigned: about.identity },
	objects: new Map([...about.objects].map(([name, sha256]) => [name, { sha256, size: 1 }])),
} as unknown as Parameters<typeof encodeSbomStatement>[0];
const statement = encodeSbomStatement(evidence, "spdx-json", encodeSbom(subject, "spdx-json"));
const trust = {
	scopes: [{ trusts: [{ publicKeys: [key.publicKey] }], builds: undefined, images: undefined }],
	strict: true,
};

test.each(["bundle", "dsse"] as const)(
	"of %s every change is found, and none is an exception",
	async (form) => {
		const sound = Buffer.from(await signStatement(Buffer.from(statement), localSigner(key), form));
		expect(checkAttestation(sound, "file", about, trust)).toEqual({ findings: [], attested: "spdx" });
		const random = new Random(SEED);
		let believed = 0;
		for (let run = 0; run < RUNS; run++) {
			const changed = mutate(sound, random);
			const { findings, attested } = checkAttestation(changed, "file", about, trust);
			expect(findings.length > 0 || attested === "spdx").toBe(true);
			if (attested !== undefined && !sound.equals(changed)) believed++;
		}
		// White space, names of keys and unknown members are not signed; nothing else may change.
		expect(believed).toBeLessThan(RUNS / 4);
	},
	300_000 + RUNS * 10,
);

test("a payload that was changed is never believed", async () => {
	const sound = JSON.parse(await signStatement(Buffer.from(statement), localSigner(key), "bundle"));
	const random = new Random(SEED);
	const payload = Buffer.from(sound.dsseEnvelope.payload, "base64");
	for (let run = 0; run < Math.min(RUNS, 400); run++) {
		const changed = mutate(payload, random);
		if (changed.equals(payload)) continue;
		sound.dsseEnvelope.payload = Buffer.from(changed).toString("base64");
		const verdict = checkAttestation(Buffer.from(JSON.stringify(sound)), "file", about, trust);
		expect(verdict.attested).toBeUndefined();
		expect(verdict.findings.map(({ code }) => code)).toContain("ATT_SIGNATURE");
	}
});

test.each([
	["nested 100,000 times", "[".repeat(100_000)],
	["a million signatures", `{"payloadType":"x","payload":"","signatures":[${"{},".repeat(1_000_000)}{}]}`],
	["a payload of blanks", `{"payloadType":"x","payload":"${" ".repeat(1_000_000)}","signatures":[{}]}`],
	["not UTF-8", Buffer.from([0x7b, 0xff])],
	["nothing", ""],
])("%s is a finding", (_, text) => {
	const { findings, attested } = checkAttestation(Buffer.from(text), "file", about, trust);
	expect({ codes: findings.map(({ code }) => code), attested }).toEqual({
		codes: ["ATT_FORM"],
		attested: undefined,
	});
});

test("the certificates of a package are verified once, however many attestations it has", async () => {
	const sound = Buffer.from(await signStatement(Buffer.from(statement), localSigner(key), "bundle"));
	let looked = 0;
	const authority = {
		get authorities() {
			looked++;
			return [];
		},
	};
	const scopes = [{ trusts: [authority], builds: undefined, images: undefined }];
	const signed = { ...about, chains: [[]] };
	for (let run = 0; run < 3; run++) checkAttestation(sound, "file", signed, { scopes, strict: true });
	expect(looked).toBe(1);
});
