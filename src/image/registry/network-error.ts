import { RegistryError } from "./errors.js";
import { shown, shownUrl } from "./message.js";
import type { ProxyServer } from "./proxy.js";
import { describeIssuer } from "./tls.js";
import { TunnelError } from "./tunnel.js";

/** Codes of OpenSSL and Node for certificates that are not trusted. */
const CERTIFICATE = /^(?:CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(?:GET|VERIFY)_|ERR_TLS_CERT_ALTNAME)/;
const TLS = /^(?:ERR_SSL_|ERR_TLS_|EPROTO$)/;
/** The largest head of an answer; Google's Artifact Registry sends 21 KB. Bytes. */
export const MAX_HEADERS: number = 256 * 1024;
/** Failures that a second request would meet again. */
const LASTING = new Set(["ENOTFOUND", "EACCES", "EPERM", "ERR_INVALID_CHAR", "ERR_UNESCAPED_CHARACTERS"]);

/** Meaning of the system's error codes, with the place and what users can do. */
const REASONS: Readonly<Record<string, (place: string) => string>> = {
	ENOTFOUND: (place) => `there is no host named ${place}`,
	EAI_AGAIN: (place) => `the name ${place} could not be looked up`,
	ECONNREFUSED: (place) => `nothing is listening at ${place}`,
	ECONNRESET: () => "the server closed the connection",
	EPIPE: () => "the server closed the connection",
	ETIMEDOUT: (place) => `${place} does not answer`,
	EHOSTUNREACH: (place) => `there is no route to ${place}`,
	ENETUNREACH: (place) => `there is no route to ${place}`,
};
const HINTS: Readonly<Record<string, string>> = {
	ENOTFOUND: "check the name and the network connection",
	EAI_AGAIN: "check the network connection",
	ECONNREFUSED: "check the port, and that the server is running",
};

/**
 * Returns an error for a request without an answer, in terms that users need.
 * @param cause the error of Node.
 * @param tried addresses of the host, or of the proxy.
 */
export async function networkError(
	url: URL,
	cause: unknown,
	proxy: ProxyServer | undefined,
	tried: readonly string[],
): Promise<RegistryError> {
	if (cause instanceof TunnelError && cause.status !== undefined) return proxyError(url, proxy, cause.status);
	const error = (cause instanceof TunnelError ? cause.cause : cause) as NodeJS.ErrnoException;
	const code = error.code ?? "";
	const subject = subjectOf(url, proxy);
	if (CERTIFICATE.test(code)) {
		const isProxys = cause instanceof TunnelError || url.protocol === "http:";
		return certificateError(subject, error, proxy && isProxys ? proxy.url : url, !proxy || isProxys);
	}
	if (TLS.test(code)) {
		const message = `${subject}: TLS: ${shown(code)}: ${shown(error.message)}`;
		return new RegistryError("ERR_REGISTRY_TLS", message, { cause });
	}
	const reason = shown(reasonOf(error, (proxy?.url ?? url).host));
	const untold = tried.filter((address) => !reason.includes(address));
	const addresses =
		code === "ENOTFOUND" || untold.length === 0 ? "" : `; addresses tried: ${tried.join(", ")}`;
	const hint = HINTS[code] === undefined ? "" : `: ${HINTS[code]}`;
	const message = `${subject}: ask for ${shownUrl(url)}: ${reason}${hint}${addresses}`;
	return new RegistryError("ERR_REGISTRY_NETWORK", message, { cause, transient: !LASTING.has(code) });
}

/** Returns the reason. If all addresses of a host failed, each has its own error. */
function reasonOf(error: NodeJS.ErrnoException, host: string): string {
	if (error.code === "HPE_HEADER_OVERFLOW") {
		return `the head of the answer is larger than ${MAX_HEADERS} bytes (${error.code})`;
	}
	const errors: readonly SocketError[] = error instanceof AggregateError ? error.errors : [];
	const reasons = (errors.length > 0 ? errors : [error]).map((one) => reasonAt(one, host));
	return [...new Set(reasons)].join(", ");
}

/** Properties that Node adds to the error of a connection. */
interface SocketError extends NodeJS.ErrnoException {
	readonly address?: string;
	readonly port?: number;
	readonly hostname?: string;
}

function reasonAt(error: SocketError, host: string): string {
	const { code = "", message, address, port, hostname } = error;
	const known = REASONS[code];
	if (known === undefined) return code && !message.includes(code) ? `${message} (${code})` : message;
	// Errors with which this program ended a request already have a message.
	if (error.syscall === undefined && message !== "socket hang up") return message;
	if (address === undefined || port === undefined) return known(hostname ?? host);
	return known(address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`);
}

export function closedError(url: URL): RegistryError {
	const message = `${url.host}: ask for ${shownUrl(url)}: the source was closed`;
	return new RegistryError("ERR_REGISTRY_NETWORK", message);
}

export function proxyError(url: URL, proxy: ProxyServer | undefined, status: number): RegistryError {
	const hint = status === 407 ? ", which means that it wants a user and a password" : "";
	const message = `${subjectOf(url, proxy)}: ask the proxy: it answered ${status}${hint}`;
	return new RegistryError("ERR_REGISTRY_PROXY", message, { transient: status >= 500 });
}

function subjectOf(url: URL, proxy: ProxyServer | undefined): string {
	return proxy === undefined ? url.host : `${url.host} (proxy ${proxy.url.host})`;
}

/** @param direct whether the server with the certificate is reached without a proxy. */
async function certificateError(
	subject: string,
	error: NodeJS.ErrnoException,
	server: URL,
	direct: boolean,
): Promise<RegistryError> {
	const issuer = direct ? await describeIssuer(server) : undefined;
	const by = issuer === undefined ? "" : ` (issued by "${shown(issuer)}")`;
	const help = `trust its CA with --ca-file, NODE_EXTRA_CA_CERTS or certs.d/${server.host}/`;
	const message = `${subject}: TLS: the certificate${by} is refused: ${shown(error.message)} (${error.code}); ${help}`;
	return new RegistryError("ERR_REGISTRY_TLS", message, { cause: error });
}
