/** A signing identity for development, as PEM texts. */
export interface DevelopmentKeys {
	/** The authority's certificate: what verifiers trust (`cacerts.default.pem`). */
	readonly authority: string;
	/** The private signing key, PKCS#8 (`key.default.pem`). */
	readonly key: string;
	/** The signing key's certificate, issued by the authority (`x5c.default.pem`). */
	readonly chain: string;
}

export interface KeygenOptions {
	/** Common name of the signing certificate. */
	readonly commonName: string;
	/** Common name of the authority. */
	readonly authorityName: string;
	readonly notBefore: Date;
	readonly notAfter: Date;
	/** RSA modulus length: 2048 or more. */
	readonly bits?: number | undefined;
}

/**
 * Makes an authority, a signing key and its certificate with the extended usage code signing.
 * The authority's own key is forgotten: nobody can issue a second certificate in its name.
 */
export async function generateDevelopmentKeys(options: KeygenOptions): Promise<DevelopmentKeys> {
	// The one use of the certificate library, which takes a while to load.
	const { createDevelopmentKeys } = await import("./development-keys.js");
	return createDevelopmentKeys(options);
}
