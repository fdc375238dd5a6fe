import {
	type Digest,
	digestAlgorithm,
	digestBytes,
	type FetchedManifest,
	MANIFEST_ACCEPT,
	MAX_MANIFEST_SIZE,
	manifestMediaType,
	parseContentType,
	parseDigest,
} from "../oci/index.js";
import { RegistryError } from "./errors.js";
import { readBody, responseError } from "./response.js";
import { withRetries } from "./retry.js";
import type { Session } from "./session.js";
import type { Settings } from "./settings.js";
import type { HttpResponse } from "./transport.js";

/** A tag or digest at one endpoint. */
export interface ManifestRequest {
	readonly reference: string;
	/** The digest that the bytes must have. */
	readonly digest: Digest | undefined;
	/** For messages. */
	readonly subject: string;
	readonly signal: AbortSignal | undefined;
}

/** A manifest's bytes, checked against the digest asked for and the one the server states. */
export async function fetchManifest(
	session: Session,
	request: ManifestRequest,
	settings: Settings,
): Promise<FetchedManifest> {
	const { digest, subject, signal } = request;
	return withRetries(settings, signal, async () => {
		const response = await sendManifestRequest(session, "GET", request);
		if (response.status !== 200) throw await responseError(response, "fetch manifest", subject, settings);
		const bytes = await readBody(response, MAX_MANIFEST_SIZE, `${subject}: manifest`);
		const stated = statedDigest(response, subject);
		for (const expected of [digest, stated])
			if (expected !== undefined) checkDigest(bytes, expected, subject);
		const contentType = parseContentType(response.header("content-type")[0] ?? "");
		const mediaType = manifestMediaType(bytes, contentType, subject);
		return {
			descriptor: { mediaType, digest: digest ?? stated ?? digestBytes(bytes), size: bytes.length },
			bytes,
		};
	});
}

/**
 * The digest behind a tag by a HEAD request, which costs nothing of a rate limit. A hint:
 * servers that cannot answer it, or not with a digest, give undefined.
 */
export async function headManifest(session: Session, request: ManifestRequest): Promise<Digest | undefined> {
	const response = await sendManifestRequest(session, "HEAD", request);
	await response.discard();
	return response.status === 200 ? statedDigest(response, request.subject) : undefined;
}

async function sendManifestRequest(
	session: Session,
	method: "GET" | "HEAD",
	{ reference, signal }: ManifestRequest,
): Promise<HttpResponse> {
	const url = await session.endpoint.url(`manifests/${reference}`);
	return session.send({ method, url, headers: { accept: MANIFEST_ACCEPT }, signal });
}

function statedDigest(response: HttpResponse, subject: string): Digest | undefined {
	const [header] = response.header("docker-content-digest");
	// Some proxies quote it, or write it in capitals.
	const text = header?.trim().replaceAll('"', "").toLowerCase();
	return text ? parseDigest(text, `${subject}: Docker-Content-Digest`) : undefined;
}

function checkDigest(bytes: Uint8Array, expected: Digest, subject: string): void {
	const got = digestBytes(bytes, digestAlgorithm(expected));
	if (got === expected) return;
	const message = `${subject}: check digest of the manifest: expected ${expected}, got ${got}`;
	// A line that spoils bytes may do better the next time.
	throw new RegistryError("ERR_REGISTRY_DIGEST", message, { transient: true });
}
