import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
	attachSignature,
	generateDevelopmentKeys,
	localSigner,
	parseCertificates,
	parsePrivateKey,
	parsePublicKeys,
	parseSignature,
	rawSelection,
	signerIdentity,
	signingRequest,
	signState,
	verifyState,
} from "../../src/pantavisor/signing/index.js";
import { emptyState, type State } from "../../src/pantavisor/state/index.js";
import { needs } from "../support/needs.js";
import { run } from "../support/programs.js";

const STATE: State = new Map([...emptyState(), ["web/a", "ab".repeat(32)]]);
const task = { name: "web", selection: rawSelection("web", { include: ["web/**"], exclude: [] }) };

let directory: string;
beforeAll(() => {
	directory = mkdtempSync(join(tmpdir(), "pvpkg-openssl-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

const path = (name: string): string => join(directory, name);
const openssl = (...args: string[]): string => run("openssl", ...args);

const KEYS = [
	["RSA 2048", "RS256", ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]],
	["RSA 4096", "RS256", ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096"]],
	["P-256", "ES256", ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]],
	["P-384", "ES384", ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"]],
	["P-521", "ES512", ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"]],
] as const;

needs("openssl").describe("openssl's keys", () => {
	describe.each(KEYS)("%s", (name, algorithm, args) => {
		const file = path.bind(undefined);
		beforeAll(() => {
			openssl(...args, "-out", file(`${name}.pkcs8`));
			openssl("pkey", "-in", file(`${name}.pkcs8`), "-traditional", "-out", file(`${name}.traditional`));
			openssl("pkey", "-in", file(`${name}.pkcs8`), "-pubout", "-out", file(`${name}.pub`));
		});

		test.each(["pkcs8", "traditional"])("sign as %s, and openssl's public key verifies", async (form) => {
			const key = parsePrivateKey(readFileSync(file(`${name}.${form}`)), form);
			expect(key.algorithm).toBe(algorithm);
			const signed = await signState(STATE, task, localSigner(key));
			const publicKeys = parsePublicKeys(readFileSync(file(`${name}.pub`)), "pub");
			expect(verifyState(signed, { publicKeys })[0]!.error).toBeUndefined();
		});

		test("sign elsewhere, by openssl dgst", async () => {
			const key = parsePrivateKey(readFileSync(file(`${name}.pkcs8`)), "key");
			const [publicKey] = parsePublicKeys(readFileSync(file(`${name}.pub`)), "pub");
			const request = signingRequest(STATE, task, signerIdentity(publicKey, []));
			writeFileSync(file("input"), request.input);
			const hash = `-sha${algorithm.slice(2)}`;
			openssl("dgst", hash, "-sign", file(`${name}.pkcs8`), "-out", file("signature"), file("input"));
			const attached = attachSignature(STATE, request, readFileSync(file("signature")));
			if (algorithm === "RS256") expect(attached).toEqual(await signState(STATE, task, localSigner(key)));
			expect(verifyState(attached, { publicKeys: [key.publicKey] })[0]!.error).toBeUndefined();
			const { signature } = parseSignature(attached, "_sigs/web.json");
			expect(signature.length).toBe(
				{ RS256: key.publicKey.asymmetricKeyDetails!.modulusLength! / 8, ES256: 64, ES384: 96, ES512: 132 }[
					algorithm
				],
			);
		});
	});

	test("an RSA PUBLIC KEY block verifies", () => {
		openssl("genrsa", "-traditional", "-out", path("k"), "2048");
		openssl("rsa", "-in", path("k"), "-RSAPublicKey_out", "-out", path("rsapub"));
		expect(parsePublicKeys(readFileSync(path("rsapub")), "pub")).toHaveLength(1);
	});

	test("ecparam's file with its parameters first", () => {
		openssl("ecparam", "-name", "secp384r1", "-genkey", "-out", path("ecparam"));
		expect(parsePrivateKey(readFileSync(path("ecparam")), "key").algorithm).toBe("ES384");
	});

	test.each([
		[
			"an encrypted PKCS#8 key",
			["genpkey", "-algorithm", "RSA", "-aes128", "-pass", "pass:x"],
			/passphrase, got an encrypted/,
		],
		[
			"an encrypted traditional key",
			["genrsa", "-traditional", "-aes128", "-passout", "pass:x"],
			/got an encrypted/,
		],
		[
			"RSA of 1024 bits",
			["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
			/RSA of at least 2048 bits, got 1024/,
		],
		["RSA-PSS", ["genpkey", "-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"], /got rsa-pss/],
		[
			"Ed25519",
			["genpkey", "-algorithm", "ED25519"],
			/expected RSA or EC on P-256, P-384 or P-521, got ed25519/,
		],
		[
			"EC on secp256k1",
			["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
			/got ec secp256k1/,
		],
	])("%s is refused by name", (_, args, message) => {
		openssl(...args, "-out", path("bad"));
		expect(() => parsePrivateKey(readFileSync(path("bad")), "bad")).toThrow(message);
	});

	test("other files are refused by what they hold", () => {
		openssl("genpkey", "-algorithm", "ED25519", "-out", path("e"));
		openssl("pkey", "-in", path("e"), "-pubout", "-out", path("e.pub"));
		expect(() => parsePrivateKey(readFileSync(path("e.pub")), "e.pub")).toThrow(
			"e.pub: read key: expected a private key, got PUBLIC KEY",
		);
		expect(() => parsePublicKeys(readFileSync(path("e.pub")), "e.pub")).toThrow(/got ed25519/);
		expect(() => parsePublicKeys(readFileSync(path("e")), "e")).toThrow(
			"expected public keys, got PRIVATE KEY",
		);
		expect(() => parsePrivateKey("", "empty")).toThrow("got no PEM block");
		expect(() =>
			parsePrivateKey("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "cut"),
		).toThrow(/block is damaged/);
		expect(() =>
			parsePrivateKey(
				"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
				"ssh",
			),
		).toThrow(/got an OpenSSH key/);
	});
});

needs("openssl").describe("chains", () => {
	const config = (name: string, text: string): string => {
		writeFileSync(path(name), text);
		return path(name);
	};
	const certificate = (name: string, issuer: string | undefined, extensions: string): void => {
		openssl(
			"genpkey",
			"-algorithm",
			"EC",
			"-pkeyopt",
			"ec_paramgen_curve:P-256",
			"-out",
			path(`${name}.key`),
		);
		openssl("req", "-new", "-key", path(`${name}.key`), "-subj", `/CN=${name}`, "-out", path(`${name}.csr`));
		const file = config(`${name}.ext`, extensions);
		const signer = issuer
			? ["-CA", path(`${issuer}.crt`), "-CAkey", path(`${issuer}.key`), "-CAcreateserial"]
			: ["-key", path(`${name}.key`)];
		openssl(
			"x509",
			"-req",
			"-in",
			path(`${name}.csr`),
			...signer,
			"-days",
			"30",
			"-extfile",
			file,
			"-out",
			path(`${name}.crt`),
		);
	};
	const load = (...names: string[]) =>
		parseCertificates(names.map((name) => readFileSync(path(`${name}.crt`), "utf8")).join(""), "chain");
	const CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n";

	beforeAll(() => {
		certificate("root", undefined, CA);
		certificate("middle", "root", CA);
		certificate("leaf", "middle", "basicConstraints=CA:FALSE\nextendedKeyUsage=codeSigning\n");
		certificate("server", "middle", "basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n");
		certificate("below", "leaf", "extendedKeyUsage=codeSigning\n");
	});
	const signedBy = async (name: string, ...chain: string[]): Promise<State> =>
		signState(
			STATE,
			task,
			localSigner(
				parsePrivateKey(readFileSync(path(`${name}.key`)), name),
				chain.length > 0 ? load(...chain) : [],
			),
		);
	const problem = (state: State, authorities: string[], time?: number) =>
		verifyState(state, { authorities: load(...authorities), time })[0]!.error?.message;

	test("leaf and intermediates lead to the authority", async () => {
		const signed = await signedBy("leaf", "leaf", "middle");
		expect(problem(signed, ["root"])).toBeUndefined();
		expect(problem(signed, ["root"], Date.now())).toBeUndefined();
		expect(problem(signed, ["middle"])).toBeUndefined();
		expect(problem(signed, ["server"])).toMatch(
			/expected a chain to a trusted authority, got none for CN=root/,
		);
		expect(problem(signed, ["root"], Date.now() + 1e10)).toMatch(/CN=leaf expired on .* \(--no-dates /);
		expect(problem(signed, ["root"], 0)).toMatch(/CN=leaf is valid only from/);
		expect(problem(await signedBy("leaf", "leaf", "middle", "root"), ["root"])).toBeUndefined();
		expect(problem(await signedBy("leaf", "leaf"), ["root"])).toMatch(/got none for CN=middle/);
	});

	test("without certificates nobody can vouch for the key, which is said", async () => {
		expect(problem(await signedBy("leaf"), ["root"])).toMatch(
			/does not hold .*; it contains no certificates \(x5c\).* \(--pubkey\)$/,
		);
		expect(problem(await signedBy("root"), ["root"])).toBeUndefined();
	});

	test("other usages and issuers that are not authority are refused", async () => {
		expect(problem(await signedBy("server", "server", "middle"), ["root"])).toMatch(
			/code signing, got 1\.3\.6\.1\.5\.5\.7\.3\.1/,
		);
		expect(problem(await signedBy("below", "below", "leaf", "middle"), ["root"])).toMatch(
			/is not an authority|expected a chain/,
		);
	});

	test("a chain that is not the key's, or out of order, is refused when signing", async () => {
		await expect(signedBy("leaf", "server", "middle")).rejects.toThrow(/got none of them with that key/);
		await expect(signedBy("leaf", "middle", "leaf")).rejects.toThrow(/certificate first, got certificate 2/);
		await expect(signedBy("leaf", "leaf", "root")).rejects.toThrow(
			/certificate 2 to be the issuer of certificate 1/,
		);
	});

	test("openssl verifies the development chain, and we its signatures", async () => {
		const keys = await generateDevelopmentKeys({
			commonName: "signer",
			authorityName: "authority",
			notBefore: new Date("2020-01-01T00:00:00Z"),
			notAfter: new Date("2049-12-31T00:00:00Z"),
		});
		writeFileSync(path("authority.pem"), keys.authority);
		writeFileSync(path("signer.pem"), keys.chain);
		openssl(
			"verify",
			"-purpose",
			"any",
			"-x509_strict",
			"-CAfile",
			path("authority.pem"),
			path("signer.pem"),
		);
		expect(openssl("x509", "-in", path("signer.pem"), "-noout", "-ext", "extendedKeyUsage")).toContain(
			"Code Signing",
		);
		const signer = localSigner(parsePrivateKey(keys.key, "key"), parseCertificates(keys.chain, "chain"));
		const signed = await signState(STATE, task, signer);
		const authorities = parseCertificates(keys.authority, "authority");
		expect(verifyState(signed, { authorities, time: Date.UTC(2026, 1, 1) })[0]!.error).toBeUndefined();
		expect(parseSignature(signed, "_sigs/web.json").header.get("x5c")).toHaveLength(1);
	});
});

test("our own curve and RSA keys need no openssl", () => {
	const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
	expect(parsePrivateKey(privateKey.export({ type: "sec1", format: "pem" }) as string, "key").algorithm).toBe(
		"ES256",
	);
});
