import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { signedBytes } from "../../src/evidence/attest/index.js";
import type { Workplace } from "./command-line.js";
import { elfFile } from "./elf-file.js";
import { LayoutDirectory } from "./layout-directory.js";
import { tarball } from "./tar-builder.js";
import { dir, file } from "./tar-members.js";

/** A Sigstore bundle as far as tests change it. */
export interface TestBundle {
	mediaType: string;
	verificationMaterial: object;
	dsseEnvelope: {
		payload: string;
		payloadType: string;
		signatures: { sig: string; keyid?: string }[];
	};
}

type Envelope = TestBundle["dsseEnvelope"];

/** An in-toto statement as far as tests change it. */
export interface TestStatement {
	_type: string;
	predicateType: string;
	subject: { name: string; digest: Record<string, string> }[];
	// biome-ignore lint/suspicious/noExplicitAny: tests look at any of its members.
	predicate: any;
}

/** Makes a key pair in PEM files of a workplace: `NAME.pem`, `NAME.pub`. */
export function keyFiles(place: Workplace, name: string, curve?: "P-256" | "P-384"): KeyObject {
	const { privateKey } =
		curve === undefined
			? generateKeyPairSync("rsa", { modulusLength: 2048 })
			: generateKeyPairSync("ec", { namedCurve: curve });
	writeFileSync(place.path(`${name}.pem`), privateKey.export({ type: "pkcs8", format: "pem" }));
	const publicPem = createPublicKey(privateKey).export({ type: "spki", format: "pem" });
	writeFileSync(place.path(`${name}.pub`), publicPem);
	return privateKey;
}

/** Writes an image of one Debian package into the layout `image` as `v1`. */
export function writeLayout(place: Workplace, version = "2.36", name = "image"): void {
	const stanza = `Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n\n`;
	const archive = tarball(
		dir("bin/"),
		file("bin/app", elfFile({ machine: 62, bits: 64 }), { mode: 0o755 }),
		dir("etc/"),
		file("etc/os-release", 'ID=debian\nVERSION_ID="12"\n'),
		dir("var/"),
		dir("var/lib/"),
		dir("var/lib/dpkg/"),
		file("var/lib/dpkg/status", stanza),
	);
	const layout = new LayoutDirectory(place.path(name));
	const config = { Entrypoint: ["/bin/app"] };
	layout.tag("v1", [layout.addImage({ os: "linux", architecture: "amd64" }, [{ archive }], config)]);
}

export function readBundle(path: string): TestBundle {
	return JSON.parse(readFileSync(path, "utf8")) as TestBundle;
}

/** The statement of a bundle, of an envelope or of a statement file. */
export function readStatement(path: string): TestStatement {
	const value = JSON.parse(readFileSync(path, "utf8")) as TestStatement | TestBundle | Envelope;
	if ("_type" in value) return value;
	const { payload } = "dsseEnvelope" in value ? value.dsseEnvelope : value;
	return JSON.parse(Buffer.from(payload, "base64").toString("utf8")) as TestStatement;
}

/** A DSSE envelope over any bytes, of any type, with the signatures of any RSA or P-256 keys. */
export function envelopeOf(
	payload: string,
	keys: readonly KeyObject[],
	payloadType = "application/vnd.in-toto+json",
): TestBundle["dsseEnvelope"] {
	const bytes = Buffer.from(payload, "utf8");
	const signatures = keys.map((key) => ({
		sig: sign("sha256", signedBytes(bytes, payloadType), key).toString("base64"),
	}));
	return { payload: bytes.toString("base64"), payloadType, signatures };
}
