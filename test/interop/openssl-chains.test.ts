import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { verifyChain } from "../../src/pantavisor/signing/certificate.js";
import { parseCertificates } from "../../src/pantavisor/signing/index.js";
import { has, needs } from "../support/needs.js";
import { run } from "../support/programs.js";

/** A certificate of a chain: what is in it, and how it is made. */
interface Made {
	readonly name: string;
	/** Lines of an extensions section. */
	readonly extensions?: string;
	readonly key?: "rsa" | "weak" | "ec" | "other";
	readonly hash?: "sha256" | "sha1" | "md5";
	/** The subject, if it is not CN=name. */
	readonly subject?: string;
	readonly days?: string;
}

let directory: string;
const path = (name: string): string => join(directory, name);
beforeAll(() => {
	directory = mkdtempSync(join(tmpdir(), "pvpkg-chains-"));
	if (!has("openssl")) return;
	for (const [name, bits] of [
		["rsa", 2048],
		["other", 2048],
		["weak", 1024],
	] as const) {
		run(
			"openssl",
			"genpkey",
			"-algorithm",
			"RSA",
			"-pkeyopt",
			`rsa_keygen_bits:${bits}`,
			"-out",
			path(`${name}.key`),
		);
	}
	run(
		"openssl",
		"genpkey",
		"-algorithm",
		"EC",
		"-pkeyopt",
		"ec_paramgen_curve:P-256",
		"-out",
		path("ec.key"),
	);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign";
const LEAF = "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning";
const root: Made = { name: "root", extensions: CA };
const ca = (name = "ca", extensions = CA, more: Partial<Made> = {}): Made => ({
	name,
	extensions,
	key: "other",
	...more,
});
const leaf = (extensions = LEAF, more: Partial<Made> = {}): Made => ({
	name: "leaf",
	extensions,
	key: "ec",
	...more,
});

/** Makes the certificates from the root down, each issued by the one before it; returns the names of their files. */
function make(chain: readonly Made[]): string[] {
	return chain.map(
		({ name, extensions = "", key = "rsa", hash = "sha256", subject = `/CN=${name}`, days = "3650" }, i) => {
			const issuer = chain[i - 1];
			writeFileSync(path("ext"), `[e]\n${extensions}\n`);
			run("openssl", "req", "-new", "-key", path(`${key}.key`), "-subj", subject, "-out", path("csr"));
			const by =
				issuer === undefined
					? ["-signkey", path(`${key}.key`)]
					: ["-CA", path(`${i - 1}.pem`), "-CAkey", path(`${issuer.key ?? "rsa"}.key`)];
			run(
				"openssl",
				"x509",
				"-req",
				"-in",
				path("csr"),
				...by,
				"-set_serial",
				String(i + 1),
				`-${hash}`,
				"-days",
				days,
				"-extfile",
				path("ext"),
				"-extensions",
				"e",
				"-out",
				path(`${i}.pem`),
			);
			return path(`${i}.pem`);
		},
	);
}

function opensslTakes(files: readonly string[]): boolean {
	const untrusted = files.slice(1, -1).flatMap((file) => ["-untrusted", file]);
	const args = ["verify", "-auth_level", "2", "-CAfile", files[0]!, ...untrusted, files.at(-1)!];
	return spawnSync("openssl", args).status === 0;
}

function weTake(files: readonly string[]): boolean {
	const [anchor, ...rest] = files.map((file) => parseCertificates(readFileSync(file), file)[0]!);
	const chain = rest.reverse() as [typeof anchor & {}, ...(typeof anchor & {})[]];
	try {
		verifyChain(chain, [anchor!], { time: Date.now() }, "chain");
		return true;
	} catch {
		return false;
	}
}

const constrained = (rule: string): Made => ca("ca", `${CA}\nnameConstraints=critical,${rule}`);
const named = (names: string): Made => leaf(`${LEAF}\nsubjectAltName=${names}`);
const org = (name: string): Partial<Made> => ({ subject: `/O=${name}/CN=x` });
const IN_ACME = ca(
	"ca",
	`${CA}\nnameConstraints=critical,permitted;dirName:acme\n[acme]\nO=Acme`,
	org("Acme"),
);

const AGREED: readonly (readonly [title: string, holds: boolean, chain: readonly Made[]])[] = [
	["a leaf below the root", true, [root, leaf()]],
	["one authority between", true, [root, ca(), leaf()]],
	["three authorities between", true, [root, ca("a"), ca("b", CA, { key: "rsa" }), ca("c"), leaf()]],
	["authorities with EC keys", true, [{ ...root, key: "ec" }, ca("ca", CA, { key: "ec" }), leaf()]],
	[
		"a path length that is kept",
		true,
		[
			root,
			ca("a", "basicConstraints=critical,CA:TRUE,pathlen:1\nkeyUsage=keyCertSign"),
			ca("b", CA, { key: "rsa" }),
			leaf(),
		],
	],
	[
		"a path length of 0 above the leaf",
		true,
		[root, ca("a", "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=keyCertSign"), leaf()],
	],
	[
		"a path length that is exceeded",
		false,
		[
			root,
			ca("a", "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=keyCertSign"),
			ca("b", CA, { key: "rsa" }),
			leaf(),
		],
	],
	[
		"a path length of the root that is exceeded",
		false,
		[
			{ ...root, extensions: "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=keyCertSign" },
			ca(),
			leaf(),
		],
	],
	[
		"an issuer that is not an authority",
		false,
		[root, ca("ca", "basicConstraints=critical,CA:FALSE\nkeyUsage=digitalSignature"), leaf()],
	],
	["an issuer without basic constraints", false, [root, ca("ca", "keyUsage=digitalSignature"), leaf()]],
	[
		"an issuer that may not issue",
		false,
		[root, ca("ca", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,cRLSign"), leaf()],
	],
	["an unknown critical extension of the leaf", false, [root, leaf(`${LEAF}\n1.2.3.4=critical,DER:05:00`)]],
	[
		"an unknown critical extension of an authority",
		false,
		[root, ca("ca", `${CA}\n1.2.3.4=critical,DER:05:00`), leaf()],
	],
	["an unknown extension that is not critical", true, [root, leaf(`${LEAF}\n1.2.3.4=DER:05:00`)]],
	["a leaf signed with SHA-1", false, [root, leaf(LEAF, { hash: "sha1" })]],
	["a leaf signed with MD5", false, [root, leaf(LEAF, { hash: "md5" })]],
	["an authority signed with SHA-1", false, [root, ca("ca", CA, { hash: "sha1" }), leaf()]],
	["a root signed with SHA-1", true, [{ ...root, hash: "sha1" }, leaf()]],
	["an authority with RSA of 1024 bits", false, [root, ca("ca", CA, { key: "weak" }), leaf()]],
	["a leaf with RSA of 1024 bits", false, [root, leaf(LEAF, { key: "weak" })]],
	["a leaf that has expired", false, [root, leaf(LEAF, { days: "-1" })]],
	["an authority that has expired", false, [root, ca("ca", CA, { days: "-1" }), leaf()]],
	[
		"a permitted DNS name",
		true,
		[root, constrained("permitted;DNS:example.com"), named("DNS:a.example.com")],
	],
	[
		"a DNS name that is not permitted",
		false,
		[root, constrained("permitted;DNS:example.com"), named("DNS:a.example.org")],
	],
	[
		"an excluded DNS name",
		false,
		[root, constrained("excluded;DNS:example.com"), named("DNS:a.example.com")],
	],
	[
		"a DNS name beside an excluded one",
		true,
		[root, constrained("excluded;DNS:example.com"), named("DNS:badexample.com")],
	],
	[
		"a permitted mail address",
		true,
		[root, constrained("permitted;email:example.com"), named("email:a@example.com")],
	],
	[
		"a mail address that is not permitted",
		false,
		[root, constrained("permitted;email:example.com"), named("email:a@example.org")],
	],
	[
		"an excluded mail address",
		false,
		[root, constrained("excluded;email:a@example.com"), named("email:a@example.com")],
	],
	["a permitted address", true, [root, constrained("permitted;IP:10.0.0.0/255.0.0.0"), named("IP:10.1.2.3")]],
	[
		"an address that is not permitted",
		false,
		[root, constrained("permitted;IP:10.0.0.0/255.0.0.0"), named("IP:11.1.2.3")],
	],
	["a permitted subject", true, [root, IN_ACME, leaf(LEAF, org("Acme"))]],
	["a subject that is not permitted", false, [root, IN_ACME, leaf(LEAF, org("Other"))]],
	["a subject in other letters", true, [root, IN_ACME, leaf(LEAF, org("ACME"))]],
	[
		"constraints of the root",
		false,
		[
			{ ...root, extensions: `${CA}\nnameConstraints=critical,permitted;DNS:example.com` },
			ca(),
			named("DNS:a.example.org"),
		],
	],
	[
		"a name of a kind that is not constrained",
		true,
		[root, constrained("permitted;DNS:example.com"), named("email:a@example.org")],
	],
];

/** We refuse, openssl does not: it judges chains for no purpose, and ours has to sign packages. */
const STRICTER: typeof AGREED = [
	[
		"a leaf for the encipherment of keys alone",
		false,
		[root, leaf("basicConstraints=CA:FALSE\nkeyUsage=critical,keyEncipherment")],
	],
	["a leaf for servers alone", false, [root, leaf("basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth")]],
	["an authority as signer", false, [root, ca()]],
	["an authority for servers alone", false, [root, ca("ca", `${CA}\nextendedKeyUsage=serverAuth`), leaf()]],
];

needs("openssl").describe("openssl verify, about chains of certificates", () => {
	test.each(AGREED)("agrees: %s", (_, holds, chain) => {
		const files = make(chain);
		expect([opensslTakes(files), weTake(files)]).toEqual([holds, holds]);
	});

	test.each(STRICTER)("is less strict: %s", (_, holds, chain) => {
		const files = make(chain);
		expect([opensslTakes(files), weTake(files)]).toEqual([true, holds]);
	});
});
