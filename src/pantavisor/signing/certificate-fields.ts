import type { X509Certificate } from "node:crypto";
import { DER, DerError, type DerValue, decodeOid, readDer, readFirst } from "./der.js";

/** An extension of a certificate (RFC 5280, 4.2). */
interface Extension {
	readonly oid: string;
	readonly critical: boolean;
	readonly value: Uint8Array;
}

/** A name of RFC 5280, 4.2.1.6, by the number of its kind: 1 mail, 2 DNS, 4 directory, 6 URI, 7 address. */
export interface GeneralName {
	readonly kind: number;
	readonly content: Uint8Array;
}

export interface NameConstraints {
	readonly permitted: readonly GeneralName[];
	readonly excluded: readonly GeneralName[];
}

/** The fields of a certificate that the rules for paths need. */
export interface CertificateFields {
	/** Object identifier of the algorithm of the issuer's signature. */
	readonly signatureAlgorithm: string;
	/** Object identifier of the hash of an RSASSA-PSS signature. */
	readonly pssHash: string | undefined;
	/** DER of the subject, as `issuer` is of the issuer. */
	readonly subject: Uint8Array;
	readonly issuer: Uint8Array;
	readonly isAuthority: boolean;
	/** Most intermediate authorities below this one; undefined: any number. */
	readonly pathLength: number | undefined;
	/** Bits of the key usage, the first one lowest; undefined: any usage. */
	readonly keyUsage: number | undefined;
	readonly alternativeNames: readonly GeneralName[];
	readonly nameConstraints: NameConstraints | undefined;
	readonly extensions: readonly Extension[];
}

export const OIDS = {
	rsassaPss: "1.2.840.113549.1.1.10",
	sha1: "1.3.14.3.2.26",
} as const;

/** The extensions that pvpkg understands. */
export const EXTENSIONS = {
	keyUsage: "2.5.29.15",
	alternativeNames: "2.5.29.17",
	basicConstraints: "2.5.29.19",
	nameConstraints: "2.5.29.30",
	policies: "2.5.29.32",
	extendedKeyUsage: "2.5.29.37",
} as const;

/** Reads the fields of a certificate. @throws DerError for a malformed one, or one that has an extension twice. */
export function readFields({ raw }: X509Certificate): CertificateFields {
	const [tbs, outer] = readDer(readFirst(raw).content);
	const fields = readDer(tbs?.content ?? new Uint8Array());
	// The version has a tag of its own, [0]. Without it all fields are one place earlier.
	const [, inner, issuer, , subject] = fields[0]?.tag === 0xa0 ? fields.slice(1) : fields;
	if (inner === undefined || issuer === undefined || subject === undefined || outer === undefined)
		throw new DerError("cut off");
	if (!Buffer.from(inner.bytes).equals(outer.bytes)) throw new DerError("it names two signature algorithms");
	const list = fields.find(({ tag }) => tag === 0xa3);
	const extensions = list === undefined ? [] : readDer(readFirst(list.content).content).map(readExtension);
	if (new Set(extensions.map(({ oid }) => oid)).size < extensions.length)
		throw new DerError("it has an extension twice");
	const find = (oid: string): Uint8Array | undefined =>
		extensions.find((extension) => extension.oid === oid)?.value;
	return {
		...readAlgorithm(outer.content),
		subject: subject.bytes,
		issuer: issuer.bytes,
		...readBasicConstraints(find(EXTENSIONS.basicConstraints)),
		keyUsage: readKeyUsage(find(EXTENSIONS.keyUsage)),
		alternativeNames: readNames(find(EXTENSIONS.alternativeNames)),
		nameConstraints: readNameConstraints(find(EXTENSIONS.nameConstraints)),
		extensions,
	};
}

/** Reads an algorithm. RSASSA-PSS has its hash among its parameters (RFC 4055, 3.1); the default is SHA-1. */
function readAlgorithm(content: Uint8Array): Pick<CertificateFields, "signatureAlgorithm" | "pssHash"> {
	const [oid, parameters] = readDer(content);
	const signatureAlgorithm = decodeOid(oid?.content ?? new Uint8Array());
	if (signatureAlgorithm !== OIDS.rsassaPss) return { signatureAlgorithm, pssHash: undefined };
	const hash = readDer(parameters?.content ?? new Uint8Array()).find(({ tag }) => tag === 0xa0);
	const pssHash = hash && decodeOid(readFirst(readFirst(hash.content).content).content);
	return { signatureAlgorithm, pssHash: pssHash ?? OIDS.sha1 };
}

function readExtension({ content }: DerValue): Extension {
	const [oid, ...rest] = readDer(content);
	const [flag] = rest;
	const critical = flag?.tag === DER.boolean && flag.content[0] !== 0;
	const value = rest.at(-1);
	if (oid?.tag !== DER.oid || value?.tag !== DER.octetString) throw new DerError("an extension is malformed");
	return { oid: decodeOid(oid.content), critical, value: value.content };
}

function readBasicConstraints(
	value: Uint8Array | undefined,
): Pick<CertificateFields, "isAuthority" | "pathLength"> {
	const items = value === undefined ? [] : readDer(readFirst(value).content);
	const flag = items.find(({ tag }) => tag === DER.boolean);
	const length = items.find(({ tag }) => tag === DER.integer);
	if (length && (length.content.length > 2 || (length.content[0] ?? 0x80) >= 0x80))
		throw new DerError("its path length is malformed");
	return {
		isAuthority: flag !== undefined && flag.content[0] !== 0,
		pathLength: length?.content.reduce((sum, byte) => sum * 256 + byte, 0),
	};
}

function readKeyUsage(value: Uint8Array | undefined): number | undefined {
	const bits = value && readFirst(value).content;
	if (bits === undefined) return undefined;
	// The first byte counts unused bits; bit 0 is the highest of the next.
	const byte = (bits[1] ?? 0) * 256 + (bits[2] ?? 0);
	let usage = 0;
	for (let bit = 0; bit < 9; bit++) if (byte & (0x8000 >> bit)) usage |= 1 << bit;
	return usage;
}

function readNames(value: Uint8Array | undefined): GeneralName[] {
	return value === undefined ? [] : readDer(readFirst(value).content).map(generalName);
}

function generalName({ tag, content }: DerValue): GeneralName {
	return { kind: tag & 0x1f, content };
}

function readNameConstraints(value: Uint8Array | undefined): NameConstraints | undefined {
	if (value === undefined) return undefined;
	const lists = readDer(readFirst(value).content);
	const names = (tag: number): GeneralName[] =>
		lists
			.filter((list) => list.tag === tag)
			.flatMap(({ content }) => readDer(content).map((subtree) => generalName(readFirst(subtree.content))));
	return { permitted: names(0xa0), excluded: names(0xa1) };
}
