import { X509Certificate } from "node:crypto";
import { isIP, isIPv6 } from "node:net";
import { join } from "node:path";
import {
	checkServerIdentity,
	connect,
	createSecureContext,
	type PeerCertificate,
	rootCertificates,
	type SecureContext,
} from "node:tls";
import { listDirectory, readFileIfPresent } from "../../ground/files/index.js";
import { RegistryError } from "./errors.js";
import { bareAddress } from "./network-address.js";
import { hostsOf, isInsecure, type Settings } from "./settings.js";

/** Options of a TLS connection. */
export interface TlsOptions {
	/** Absent: Node's own CAs, no client certificate. All connections share one, as making it takes long. */
	readonly secureContext?: SecureContext;
	readonly rejectUnauthorized?: boolean;
	readonly checkServerIdentity?: typeof checkServerIdentity;
}

/** Whose CAs count: only those that the user names, Node's as well, or the system's too. */
export type KnownCas = "user" | "usual" | "system";

/** Certificates and keys as PEM. */
interface Trust {
	readonly cas: string[];
	client?: { readonly cert: string; readonly key: string };
}

/**
 * Returns trust and identity for one host: Node's own CAs, NODE_EXTRA_CA_CERTS, SSL_CERT_FILE, `--ca-file`, and the
 * content of `certs.d/<host[:port]>/`: `*.crt` are CAs, `*.cert` with its `*.key` is a client's.
 * @throws RegistryError ERR_REGISTRY_CONFIG
 */
export function tlsOptionsFor(url: URL, settings: Settings, known: KnownCas = "usual"): TlsOptions {
	if (url.protocol === "http:") return {};
	const verification = {
		...(isInsecure(settings, url) ? { rejectUnauthorized: false } : {}),
		...(isIPv6(bareAddress(url.hostname)) ? { checkServerIdentity: checkAddress } : {}),
	};
	const trust: Trust = { cas: [] };
	if (settings.caFile !== undefined) trust.cas.push(readCas(settings.caFile, "--ca-file"));
	const { SSL_CERT_FILE: file, NODE_EXTRA_CA_CERTS: extra } = settings.env;
	// Node has already read this file at its start.
	const isKnown = file === extra && extra === process.env.NODE_EXTRA_CA_CERTS;
	if (file && !isKnown) trust.cas.push(readCas(file, "SSL_CERT_FILE"));
	if (known === "system") trust.cas.push(...systemCas(settings));
	const { clientCertificate: given } = settings;
	if (given !== undefined) {
		const cert = readPem(given.cert, "--registry-cert");
		trust.client = { cert, key: readPem(given.key, "--registry-key") };
	}
	for (const directory of settings.certsDirectories) {
		for (const host of hostsOf(url)) addHostFiles(join(directory, host), trust);
	}
	// Node has read its own variable at its start; another list costs it a tenth of a second.
	const knowsExtra = settings.env.NODE_EXTRA_CA_CERTS === process.env.NODE_EXTRA_CA_CERTS;
	if (trust.cas.length > 0 || !knowsExtra) trust.cas.push(...extraCas(settings));
	const isUsual = known !== "user" && trust.cas.length === 0 && trust.client === undefined;
	return isUsual ? verification : { ...verification, secureContext: contextOf(trust, known, url) };
}

/** Checks an IPv6 address, as Node 22.23 treats it as a name, and finds it in no certificate. */
function checkAddress(address: string, certificate: PeerCertificate): Error | undefined {
	const isNamed = new X509Certificate(certificate.raw).checkIP(address) !== undefined;
	return isNamed ? undefined : checkServerIdentity(address, certificate);
}

function contextOf({ cas, client }: Trust, known: KnownCas, url: URL): SecureContext {
	// A list of our own replaces Node's, so it must contain Node's too.
	const nodes = known === "user" ? [] : rootCertificates;
	const ca = known !== "user" && cas.length === 0 ? {} : { ca: [...nodes, ...cas] };
	try {
		return createSecureContext({ ...ca, ...client });
	} catch (cause) {
		const reason = "its client certificate and key cannot be used";
		throw new RegistryError("ERR_REGISTRY_CONFIG", `${url.host}: set up TLS: ${reason}`, { cause });
	}
}

/** Returns the system's CAs from the first file that exists. */
export function systemCas({ systemCaFiles }: Settings): string[] {
	for (const path of systemCaFiles) {
		const text = readText(path);
		if (text?.includes("-----BEGIN ")) return [text];
	}
	return [];
}

function extraCas({ env }: Settings): string[] {
	const text = env.NODE_EXTRA_CA_CERTS ? readText(env.NODE_EXTRA_CA_CERTS) : undefined;
	return text === undefined ? [] : [text];
}

function addHostFiles(directory: string, trust: Trust): void {
	const names = listDirectory(directory);
	for (const name of names.filter((entry) => entry.endsWith(".crt"))) {
		trust.cas.push(readCas(join(directory, name), "CA"));
	}
	const client = names.find((name) => name.endsWith(".cert"));
	if (client === undefined || trust.client !== undefined) return;
	const cert = readPem(join(directory, client), "client certificate");
	const key = readPem(join(directory, client.replace(/cert$/, "key")), "client key");
	trust.client = { cert, key };
}

function readText(path: string): string | undefined {
	const bytes = readFileIfPresent(path);
	return bytes && Buffer.from(bytes).toString("utf8");
}

/** Reads CAs. OpenSSL ignores certificates that it cannot read, so at least the first must be readable. */
function readCas(path: string, what: string): string {
	const text = readPem(path, what);
	try {
		new X509Certificate(text);
		return text;
	} catch (cause) {
		const message = `${path}: read ${what}: the certificate cannot be read`;
		throw new RegistryError("ERR_REGISTRY_CONFIG", message, { cause });
	}
}

function readPem(path: string, what: string): string {
	const text = readText(path);
	if (text?.includes("-----BEGIN ")) return text;
	const reason = text === undefined ? "there is no such file" : "expected PEM text";
	throw new RegistryError("ERR_REGISTRY_CONFIG", `${path}: read ${what}: ${reason}`);
}

/**
 * Returns the issuer of the untrusted certificate, for the error message. It uses a connection of its own, over
 * which nothing is sent.
 */
export async function describeIssuer(url: URL): Promise<string | undefined> {
	return new Promise((resolve) => {
		const host = bareAddress(url.hostname);
		const port = Number(url.port || 443);
		const socket = connect({ host, port, servername: serverName(host), rejectUnauthorized: false });
		const finish = (issuer?: string): void => {
			socket.destroy();
			resolve(issuer);
		};
		socket.setTimeout(5_000, finish);
		socket.once("error", () => finish());
		socket.once("secureConnect", () => {
			const { issuer } = socket.getPeerCertificate();
			finish([issuer?.CN ?? issuer?.O].flat()[0]);
		});
	});
}

/** Returns the name of a host for TLS; an address has none (RFC 6066 3). */
export function serverName(host: string): string {
	return isIP(host) === 0 ? host : "";
}
