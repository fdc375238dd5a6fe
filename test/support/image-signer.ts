import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Descriptor, type Digest, digestBytes, parseDigest } from "../../src/image/oci/index.js";
import { TYPES } from "./memory-source.js";
import type { TestRegistry } from "./registry.js";

const PAYLOAD = "application/vnd.dev.cosign.simplesigning.v1+json";
const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";
const EMPTY = "application/vnd.oci.empty.v1+json";

/** A key pair that signs images. */
export interface ImageSigner {
	readonly privateKey: KeyObject;
	/** PEM. */
	readonly publicKey: string;
}

export function createImageSigner(kind: "ec" | "rsa" | "ed25519" | "p384" = "ec"): ImageSigner {
	const { privateKey, publicKey } =
		kind === "rsa"
			? generateKeyPairSync("rsa", { modulusLength: 2048 })
			: kind === "ed25519"
				? generateKeyPairSync("ed25519")
				: generateKeyPairSync("ec", { namedCurve: kind === "p384" ? "P-384" : "P-256" });
	return { privateKey, publicKey: publicKey.export({ type: "spki", format: "pem" }).toString() };
}

/** The payload that cosign signs for an image. */
export function claimOf(digest: string, identity: string, change: object = {}): object {
	const image = { "docker-manifest-digest": digest };
	const critical = {
		identity: { "docker-reference": identity },
		image,
		type: "cosign container image signature",
	};
	return { critical, optional: null, ...change };
}

function signBytes({ privateKey }: ImageSigner, bytes: Uint8Array, hash = "sha256"): string {
	return sign(privateKey.asymmetricKeyType === "ed25519" ? null : hash, bytes, privateKey).toString("base64");
}

/** Puts a signature of cosign's form beside an image. */
export function putSignature(
	registry: TestRegistry,
	repository: string,
	digest: string,
	signer: ImageSigner,
	claim: object,
): void {
	const bytes = Buffer.from(JSON.stringify(claim));
	const annotations = { "dev.cosignproject.cosign/signature": signBytes(signer, bytes) };
	const layer = { ...registry.addBlob(bytes, PAYLOAD), annotations };
	const config = registry.addBlob(
		{ architecture: "", os: "", config: {}, rootfs: { type: "layers" } },
		TYPES.config,
	);
	const document = { schemaVersion: 2, mediaType: TYPES.manifest, config, layers: [layer] };
	registry.addManifest(repository, `${digest.replace(":", "-")}.sig`, document, TYPES.manifest);
}

/** A Sigstore bundle of a statement. */
export function bundleOf(signer: ImageSigner, statement: object, hash?: string): object {
	const payload = Buffer.from(JSON.stringify(statement));
	const type = "application/vnd.in-toto+json";
	const signed = Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload]);
	const signatures = [{ sig: signBytes(signer, signed, hash) }];
	const dsseEnvelope = { payload: payload.toString("base64"), payloadType: type, signatures };
	return { mediaType: BUNDLE, verificationMaterial: { publicKey: { hint: "" } }, dsseEnvelope };
}

export function statementOf(digest: string, predicateType = "https://sigstore.dev/cosign/sign/v1"): object {
	const subject = [{ digest: { sha256: digest.slice(7) } }];
	return { _type: "https://in-toto.io/Statement/v1", subject, predicateType };
}

/** Puts a bundle beside an image. @returns the entry of a list of referrers. */
export function putBundle(
	registry: TestRegistry,
	repository: string,
	digest: string,
	bundle: object,
): Descriptor {
	const layers = [registry.addBlob(bundle, BUNDLE)];
	const config = registry.addBlob({}, EMPTY);
	const subject = { mediaType: TYPES.manifest, digest, size: 1 };
	const document = {
		schemaVersion: 2,
		mediaType: TYPES.manifest,
		artifactType: BUNDLE,
		config,
		layers,
		subject,
	};
	return registry.addManifest(repository, undefined, document, TYPES.manifest);
}

/** What cosign 2.6.5 pushed for three images, with public keys of pairs that are gone. */
interface Recorded {
	/** By tag, or digest. */
	readonly manifests: Readonly<Record<string, string>>;
	/** By digest; `base64:` before what is not text. */
	readonly blobs: Readonly<Record<string, string>>;
	/** PEM: of the images `good` and `bundle`, of `rsa`, and of none. */
	readonly keys: Readonly<Record<"ecdsa" | "rsa" | "other", string>>;
}

/** The repository that the recorded signatures name. */
export const RECORDED_NAME = "127.0.0.1:5987/team/app";

/** Puts the recorded images `good`, `bundle` and `rsa` with their signatures into a repository. @returns the keys. */
export function putRecorded(registry: TestRegistry, repository: string): Recorded["keys"] {
	const recorded = JSON.parse(readFileSync(resolve("test/support/cosign-recorded.json"), "utf8")) as Recorded;
	for (const text of Object.values(recorded.blobs)) {
		registry.addBlob(text.startsWith("base64:") ? Buffer.from(text.slice(7), "base64") : Buffer.from(text));
	}
	for (const [name, text] of Object.entries(recorded.manifests)) {
		const type = (JSON.parse(text) as { mediaType?: string }).mediaType ?? TYPES.manifest;
		registry.addManifest(repository, name.includes(":") ? undefined : name, Buffer.from(text), type);
	}
	return recorded.keys;
}

/** The digest of a manifest that a registry has. */
export function digestOf(registry: TestRegistry, name: string): Digest {
	return parseDigest(digestBytes(registry.manifest(name)!), name);
}
