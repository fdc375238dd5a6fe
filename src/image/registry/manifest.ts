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
import { type Advice, CHECK_USER, readBody, responseError } from "./response.js";
import { withRetries } from "./retry.js";
import type { Session } from "./session.js";
import type { Settings } from "./settings.js";
import type { HttpResponse } from "./transport.js";

/** A tag or digest at one endpoint. */
export interface ManifestRequest {
	readonly reference: string;
	/** The expected digest of the bytes. */
	readonly digest: Digest | undefined;
	/** Name for messages. */
	readonly subject: string;
	readonly signal: AbortSignal | undefined;
}

/** A server may mean either by each status, as it hides what is private. */
const CHECK_NAME: Advice = { ...CHECK_USER, 404: "check the name and the tag" };

/** Fetches a manifest, and checks it against the requested digest and the one that the server states. */
export async function fetchManifest(
	session: Session,
	request: ManifestRequest,
	settings: Settings,
): Promise<FetchedManifest> {
	const { digest, subject, signal } = request;
	return withRetries(settings, signal, async () => {
		const response = await sendManifestRequest(session, "GET", request);
		if (response.status !== 200) {
			const failed = { action: "fetch manifest", subject, advice: CHECK_NAME };
			throw await responseError(response, failed, settings);
		}
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
 * Returns the digest of a tag by a HEAD request, which does not count against rate limits. This is a hint:
 * undefined for servers that cannot answer with a digest.
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
	// Some proxies put it in quotes, or use capital letters.
	const text = header?.trim().replaceAll('"', "").toLowerCase();
	return text ? parseDigest(text, `${subject}: Docker-Content-Digest`) : undefined;
}

function checkDigest(bytes: Uint8Array, expected: Digest, subject: string): void {
	const got = digestBytes(bytes, digestAlgorithm(expected));
	if (got === expected) return;
	const message = `${subject}: check digest of the manifest: expected ${expected}, got ${got}`;
	// If the transfer damaged the bytes, the next attempt may succeed.
	throw new RegistryError("ERR_REGISTRY_DIGEST", message, { transient: true });
}
