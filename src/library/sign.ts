import type { Signing } from "../container/index.js";
import { localSigner, parseCertificates, parsePrivateKey, type Signer } from "../pantavisor/signing/index.js";
import { LibraryError } from "./errors.js";

/** A key that this process has, in PEM. */
export interface KeyPair {
	/** The private key. */
	readonly key: string | Uint8Array;
	/** Its certificate chain, leaf first, for devices that trust an authority. Default: none. */
	readonly certificates?: string | Uint8Array | undefined;
}

/**
 * Who signs a package: a key, a signer that keeps its key elsewhere (see `pvpkg/signing`), or nobody. There is no
 * default: an unsigned package is made only where `false` is stated.
 */
export type SignChoice = KeyPair | Signer | false;

/** What every call takes that makes packages. */
export interface SignOptions {
	/** Who signs. */
	readonly sign: SignChoice;
	/** Covers the files of `_config/NAME` by the signature. Default: true. */
	readonly signConfig?: boolean | undefined;
}

/**
 * Returns how packages are signed; undefined where it was stated that they are not.
 * @throws LibraryError ERR_SIGN_CHOICE where nothing was stated; SigningError for a key that cannot be used.
 */
export function signingOf({ sign, signConfig = true }: Partial<SignOptions>): Signing | undefined {
	if (sign === false) return undefined;
	if (typeof sign !== "object" || sign === null || !("key" in sign || "sign" in sign)) {
		throw new LibraryError(
			"ERR_SIGN_CHOICE",
			"sign: choose: expected a key, a signer, or false for packages without a signature, got none of them",
		);
	}
	return { signer: "sign" in sign ? sign : keySigner(sign), noConfig: !signConfig };
}

function keySigner({ key, certificates }: KeyPair): Signer {
	const chain = certificates === undefined ? [] : parseCertificates(bytesOf(certificates), "certificates");
	return localSigner(parsePrivateKey(bytesOf(key), "key"), chain);
}

/** Returns the bytes of text or bytes. */
export function bytesOf(text: string | Uint8Array): Uint8Array {
	return typeof text === "string" ? Buffer.from(text, "utf8") : text;
}
