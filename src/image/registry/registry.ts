import { freeChunk, type Limiter } from "../../ground/bytes/index.js";
import {
	type Descriptor,
	type Digest,
	type FetchedManifest,
	formatReference,
	type ImageSource,
	isForeignLayerType,
	OciError,
	type Reference,
} from "../oci/index.js";
import type { AuthorizationContext } from "./authorizer.js";
import { BlobDownload, type BlobPlace } from "./blob.js";
import { Endpoint } from "./endpoint.js";
import { RegistryError } from "./errors.js";
import { fetchManifest, headManifest, type ManifestRequest } from "./manifest.js";
import type { Place } from "./mirror.js";
import type { NetworkGuard } from "./network-guard.js";
import { sendFollowing } from "./redirect.js";
import { Session } from "./session.js";
import type { Settings } from "./settings.js";
import { listTags } from "./tags.js";
import type { Transport } from "./transport.js";

/** Errors of a place that does not exist, or denies access. */
const UNREACHABLE: ReadonlySet<string> = new Set([
	"ERR_REGISTRY_NETWORK",
	"ERR_REGISTRY_PROXY",
	"ERR_REGISTRY_TLS",
]);

/** Connections that the sources of several images may share. */
interface Connections {
	readonly settings: Settings;
	readonly transport: Transport;
	readonly guard: NetworkGuard;
	readonly authorization: AuthorizationContext;
	/** Returns the places to ask for an image; the registry itself is last. */
	placesOf(reference: Reference): readonly Place[];
	/** Returns the limiter of how many blobs come from one registry at a time. */
	downloadsFrom(registry: string): Limiter;
}

/** The image of a reference from its registry, or from a mirror of it, with what only registries know. */
export interface RegistrySource extends ImageSource {
	readonly reference: Reference;
	/**
	 * Returns the present digest of the tag by a HEAD request, which does not count against rate limits. Undefined
	 * if the server does not state it.
	 */
	resolveDigest(signal?: AbortSignal): Promise<Digest | undefined>;
	/** Returns all tags of the repository. @throws RegistryError */
	listTags(signal?: AbortSignal): Promise<string[]>;
	openBlob(descriptor: Descriptor, signal?: AbortSignal, offset?: number): AsyncGenerator<Uint8Array>;
	close(): Promise<void>;
}

/** A source with connections that it may share with others. */
export class ConnectedSource implements RegistrySource {
	readonly name: string;
	readonly reference: Reference;
	readonly #settings: Settings;
	readonly #transport: Transport;
	readonly #guard: NetworkGuard;
	/** Sessions with the mirrors first, and the registry itself last. */
	#sessions: readonly Session[];
	readonly #downloads: Limiter;
	readonly #onClose: (() => Promise<void>) | undefined;
	/** How often each blob was opened before. */
	readonly #attempts = new Map<Digest, number>();

	/** @param onClose closes connections that only this source uses. */
	constructor(reference: Reference, connections: Connections, onClose?: () => Promise<void>) {
		const { settings, transport, guard, authorization } = connections;
		this.name = formatReference(reference);
		this.reference = reference;
		this.#settings = settings;
		this.#transport = transport;
		this.#guard = guard;
		this.#downloads = connections.downloadsFrom(reference.registry);
		this.#onClose = onClose;
		this.#sessions = connections
			.placesOf(reference)
			.map((place) => new Session(new Endpoint(place, transport, settings), transport, authorization));
	}

	async fetchManifest(digest?: Digest, signal?: AbortSignal): Promise<FetchedManifest> {
		const request = this.#manifestRequest(digest, signal);
		return this.ask((session) => fetchManifest(session, request, this.#settings), signal);
	}

	/** Asks the places of the repository until one answers: mirrors in order, and the registry last. */
	async ask<T>(question: (session: Session) => Promise<T>, signal?: AbortSignal): Promise<T> {
		return this.#firstOf(async (session) => {
			try {
				return await question(session);
			} catch (error) {
				this.#passOver(session, error);
				throw error;
			}
		}, signal);
	}

	/**
	 * Returns the present digest of the tag, to look into a cache first, by a HEAD request, which does not count
	 * against rate limits. Undefined when the server does not state it; a GET may still work.
	 */
	async resolveDigest(signal?: AbortSignal): Promise<Digest | undefined> {
		const request = this.#manifestRequest(undefined, signal);
		if (request.digest !== undefined) return request.digest;
		try {
			return await this.#firstOf((session) => headManifest(session, request), signal);
		} catch (error) {
			if (error instanceof RegistryError || error instanceof OciError) return undefined;
			throw error;
		}
	}

	/** Returns all tags of the repository. @throws RegistryError */
	async listTags(signal?: AbortSignal): Promise<string[]> {
		return this.#firstOf((session) => listTags(session, this.name, this.#settings, signal), signal);
	}

	/**
	 * Streams a blob. A digest error cannot be retried in here, as the reader has the bytes: open the blob again.
	 * Then the next place is asked first, and an encoded body is decoded the other way.
	 */
	async *openBlob(descriptor: Descriptor, signal?: AbortSignal, offset?: number): AsyncGenerator<Uint8Array> {
		const attempt = this.#attempts.get(descriptor.digest) ?? 0;
		this.#attempts.set(descriptor.digest, attempt + 1);
		const first = attempt % this.#sessions.length;
		const sessions = [...this.#sessions.slice(first), ...this.#sessions.slice(0, first)];
		const places = [
			...sessions.map((session) => this.#place(session, descriptor)),
			...this.#foreignPlaces(descriptor),
		];
		const download = new BlobDownload(descriptor, this.name, this.#settings, { offset, attempt, signal });
		const release = await this.#downloads.acquire();
		try {
			yield* download.chunks(places);
		} finally {
			release();
		}
	}

	freeChunk(chunk: Uint8Array): void {
		freeChunk(chunk);
	}

	/** Closes the source. Shared connections stay open. */
	async close(): Promise<void> {
		await this.#onClose?.();
	}

	#manifestRequest(digest: Digest | undefined, signal: AbortSignal | undefined): ManifestRequest {
		const wanted = digest ?? this.reference.digest;
		const subject = digest === undefined ? this.name : `${this.reference.familiarName}@${digest}`;
		return { reference: wanted ?? this.reference.tag!, digest: wanted, subject, signal };
	}

	/** Asks mirrors in order and the registry last. A failing mirror only costs time. */
	async #firstOf<T>(ask: (session: Session) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
		for (const session of this.#sessions.slice(0, -1)) {
			try {
				return await ask(session);
			} catch (error) {
				if (signal?.aborted || !(error instanceof Error)) throw error;
				this.#settings.onDebug(`mirror ${session.endpoint.host}: ${error.message}; trying the next place`);
			}
		}
		return ask(this.#sessions.at(-1)!);
	}

	/** Skips a mirror from now on if no attempt reached it, so that this costs time only once, not for each blob. */
	#passOver(session: Session, error: unknown): void {
		const isThere = !(error instanceof RegistryError) || !UNREACHABLE.has(error.code);
		if (session.endpoint.isOrigin || isThere) return;
		this.#sessions = this.#sessions.filter((other) => other !== session);
	}

	#place(session: Session, descriptor: Descriptor): BlobPlace {
		return {
			get: async (headers, signal) => {
				const url = await session.endpoint.url(`blobs/${descriptor.digest}`);
				return session.send({ method: "GET", url, headers, signal });
			},
		};
	}

	/**
	 * Returns addresses from the manifest, which get no Authorization and must not lead into private networks
	 * (docs/formats/images.md#addresses-that-servers-name).
	 */
	#foreignPlaces({ mediaType, urls = [] }: Descriptor): BlobPlace[] {
		if (!this.#settings.foreignLayerUrls || !isForeignLayerType(mediaType)) return [];
		return urls.map((text) => ({
			get: async (headers, signal) => {
				if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) throw this.#foreignError();
				const url = new URL(text);
				const reach = this.#guard.checkForeign(url);
				const guard = { checkRedirect: (target: URL) => this.#guard.checkForeign(target) };
				return sendFollowing(this.#transport, guard, { method: "GET", url, headers, reach, signal });
			},
		}));
	}

	#foreignError(): RegistryError {
		const message = `${this.name}: fetch foreign layer: expected an http or https address`;
		return new RegistryError("ERR_REGISTRY_RESPONSE", message);
	}
}
