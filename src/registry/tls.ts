import { isIP } from "node:net";
import { join } from "node:path";
import { connect, rootCertificates } from "node:tls";
import { listDirectory, readFileIfPresent } from "../bytes/index.js";
import { RegistryError } from "./errors.js";
import { bareAddress } from "./network-address.js";
import { isInsecure, type Settings } from "./settings.js";

/** What a TLS connection is made with; `ca` replaces the CAs built into Node. */
export interface TlsOptions {
	ca?: string[];
	cert?: string;
	key?: string;
	rejectUnauthorized?: boolean;
}

/**
 * Trust and identity for one host: Node's own CAs, NODE_EXTRA_CA_CERTS, `--ca-file`, and what
 * `certs.d/<host[:port]>/` holds: `*.crt` are CAs, `*.cert` with its `*.key` is a client's.
 */
export function tlsOptionsFor(url: URL, settings: Settings): TlsOptions {
	const options: TlsOptions = {};
	if (isInsecure(settings, url)) options.rejectUnauthorized = false;
	const cas = [...globalCas(settings)];
	for (const directory of settings.certsDirectories) addHostFiles(join(directory, url.host), cas, options);
	// A list of our own takes the place of Node's, so it must hold Node's too.
	if (cas.length > 0) options.ca = [...rootCertificates, ...cas];
	return options;
}

function* globalCas({ caFile, env }: Settings): Generator<string> {
	if (caFile !== undefined) yield readPem(caFile, "--ca-file");
	const extra = env.NODE_EXTRA_CA_CERTS;
	const text = extra ? readText(extra) : undefined;
	if (text !== undefined) yield text;
}

function addHostFiles(directory: string, cas: string[], options: TlsOptions): void {
	const names = listDirectory(directory);
	for (const name of names.filter((entry) => entry.endsWith(".crt"))) {
		cas.push(readPem(join(directory, name), "CA"));
	}
	const client = names.find((name) => name.endsWith(".cert"));
	if (client === undefined || options.cert !== undefined) return;
	options.cert = readPem(join(directory, client), "client certificate");
	options.key = readPem(join(directory, client.replace(/cert$/, "key")), "client key");
}

function readText(path: string): string | undefined {
	const bytes = readFileIfPresent(path);
	return bytes && Buffer.from(bytes).toString("utf8");
}

function readPem(path: string, what: string): string {
	const text = readText(path);
	if (text?.includes("-----BEGIN ")) return text;
	const reason = text === undefined ? "there is no such file" : "expected PEM text";
	throw new RegistryError("ERR_REGISTRY_CONFIG", `${path}: read ${what}: ${reason}`);
}

/**
 * Who issued the certificate that was not trusted: asked on a connection of its own, over
 * which nothing is sent. For the error message only.
 */
export async function describeIssuer(url: URL): Promise<string | undefined> {
	return new Promise((resolve) => {
		const host = bareAddress(url.hostname);
		const servername = isIP(host) === 0 ? { servername: host } : {};
		const port = Number(url.port || 443);
		const socket = connect({ host, port, ...servername, rejectUnauthorized: false });
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
