import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttpsServer, type ServerOptions } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { type Descriptor, digestBytes, type Platform } from "../../src/image/oci/index.js";
import { describe, encode, TYPES } from "./memory-source.js";
import type { RegistryAuth } from "./registry-auth.js";

/** One request that came in. */
export interface Call {
	readonly method: string;
	/** Path with query. */
	readonly target: string;
	readonly path: string;
	readonly query: URLSearchParams;
	readonly headers: IncomingMessage["headers"];
	readonly body: string;
}

/** Answers in place of the registry; `false` lets the registry answer after all. */
export type Fault = (call: Call, response: ServerResponse) => unknown;

interface Script {
	readonly pattern: RegExp;
	readonly fault: Fault;
	times: number;
}

interface Stored {
	readonly bytes: Uint8Array;
	readonly mediaType: string;
}

/**
 * A registry on loopback that does right by the distribution spec (manifests, blobs with
 * ranges, tags, authentication) and, where a script says so, wrong.
 */
export class TestRegistry {
	/** Every request, in order. */
	readonly calls: Call[] = [];
	/** Set to demand authentication. */
	auth: RegistryAuth | undefined;
	readonly #server: Server;
	readonly #scheme: string;
	readonly #blobs: Map<string, Uint8Array> = new Map();
	/** `repository/reference` → manifest. */
	readonly #manifests: Map<string, Stored> = new Map();
	readonly #scripts: Script[] = [];

	private constructor(tls: ServerOptions | undefined) {
		const listener = (request: IncomingMessage, response: ServerResponse): void => {
			this.#receive(request, response).catch((error) => response.destroy(error));
		};
		this.#scheme = tls === undefined ? "http" : "https";
		this.#server = tls === undefined ? createHttpServer(listener) : createHttpsServer(tls, listener);
	}

	/** @param place where it listens, if not on a free port of loopback. */
	static async start(
		tls?: ServerOptions,
		{ host, port }: { readonly host: string; readonly port: number } = { host: "127.0.0.1", port: 0 },
	): Promise<TestRegistry> {
		const registry = new TestRegistry(tls);
		await new Promise<void>((resolve) => registry.#server.listen(port, host, resolve));
		return registry;
	}

	get port(): number {
		return (this.#server.address() as AddressInfo).port;
	}

	/** `127.0.0.1:PORT` */
	get host(): string {
		return `127.0.0.1:${this.port}`;
	}

	get url(): string {
		return `${this.#scheme}://${this.host}`;
	}

	async close(): Promise<void> {
		const closed = new Promise((resolve) => this.#server.close(resolve));
		(this.#server as ReturnType<typeof createHttpServer>).closeAllConnections();
		await closed;
	}

	/** The bytes of `repository/reference`. */
	manifest(name: string): Uint8Array | undefined {
		return this.#manifests.get(name)?.bytes;
	}

	/** Calls `listen` with every handshake that failed. */
	onTlsError(listen: (error: Error) => void): void {
		this.#server.on("tlsClientError", listen);
	}

	/** The paths of the calls that match. */
	paths(pattern: RegExp): string[] {
		return this.calls.filter(({ target }) => pattern.test(target)).map(({ target }) => target);
	}

	/** The next `times` requests whose `METHOD target` matches are answered by `fault`. */
	script(pattern: RegExp, fault: Fault, times: number = Number.POSITIVE_INFINITY): void {
		this.#scripts.push({ pattern, fault, times });
	}

	addBlob(content: unknown, mediaType: string = TYPES.layer): Descriptor {
		const bytes = encode(content);
		const descriptor = describe(mediaType, bytes);
		this.#blobs.set(descriptor.digest, bytes);
		this.#blobs.set(digestBytes(bytes, "sha512"), bytes);
		return descriptor;
	}

	addManifest(repository: string, tag: string | undefined, document: unknown, mediaType: string): Descriptor {
		const bytes = encode(document);
		const descriptor = describe(mediaType, bytes);
		for (const name of [descriptor.digest, digestBytes(bytes, "sha512"), tag]) {
			if (name !== undefined) this.#manifests.set(`${repository}/${name}`, { bytes, mediaType });
		}
		return descriptor;
	}

	/** An image of one platform, tagged if a tag is given. */
	addImage(repository: string, platform: Platform, layers: readonly Uint8Array[], tag?: string): Descriptor {
		const descriptors = layers.map((layer) => this.addBlob(layer));
		const diffIds = layers.map((layer) => digestBytes(layer));
		const config = this.addBlob(
			{ ...platform, config: {}, rootfs: { type: "layers", diff_ids: diffIds } },
			TYPES.config,
		);
		const document = { schemaVersion: 2, mediaType: TYPES.manifest, config, layers: descriptors };
		return { ...this.addManifest(repository, tag, document, TYPES.manifest), platform };
	}

	/** An index of images made by `addImage`. */
	addIndex(repository: string, tag: string, manifests: readonly object[]): Descriptor {
		const document = { schemaVersion: 2, mediaType: TYPES.index, manifests };
		return this.addManifest(repository, tag, document, TYPES.index);
	}

	async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
		let body = "";
		for await (const chunk of request) body += chunk;
		const target = request.url ?? "/";
		const { pathname: path, searchParams: query } = new URL(target, this.url);
		const call = { method: request.method ?? "", target, path, query, headers: request.headers, body };
		this.calls.push(call);
		if (await this.#runScript(call, response)) return;
		if (this.auth !== undefined && (await this.auth.answer(call, response, this.url))) return;
		this.#serve(call, response);
	}

	async #runScript(call: Call, response: ServerResponse): Promise<boolean> {
		const script = this.#scripts.find(
			({ pattern, times }) => times > 0 && pattern.test(`${call.method} ${call.target}`),
		);
		if (script === undefined) return false;
		script.times--;
		return (await script.fault(call, response)) !== false;
	}

	#serve(call: Call, response: ServerResponse): void {
		const [, repository, kind, name] = /^\/v2\/(.+)\/(manifests|blobs|tags)\/([^/]+)$/.exec(call.path) ?? [];
		if (call.path === "/v2/") answerJson(response, 200, {});
		else if (kind === "manifests")
			this.#serveManifest(this.#manifests.get(`${repository}/${name}`), call, response);
		else if (kind === "blobs") this.#serveBlob(this.#blobs.get(name!), call, response);
		else if (kind === "tags")
			answerJson(response, 200, { name: repository, tags: this.#tagsOf(repository!) });
		else answerError(response, 404, "NAME_UNKNOWN", "no such address");
	}

	#serveManifest(stored: Stored | undefined, call: Call, response: ServerResponse): void {
		if (stored === undefined) {
			answerError(response, 404, "MANIFEST_UNKNOWN", "manifest unknown");
			return;
		}
		response.writeHead(200, {
			"Content-Type": stored.mediaType,
			"Content-Length": stored.bytes.length,
			"Docker-Content-Digest": digestBytes(stored.bytes),
		});
		response.end(call.method === "HEAD" ? undefined : stored.bytes);
	}

	#serveBlob(bytes: Uint8Array | undefined, call: Call, response: ServerResponse): void {
		if (bytes === undefined) answerError(response, 404, "BLOB_UNKNOWN", "blob unknown");
		else answerBytes(response, call, bytes);
	}

	#tagsOf(repository: string): string[] {
		const names = [...this.#manifests.keys()].filter((key) => key.startsWith(`${repository}/`));
		return names.map((key) => key.slice(repository.length + 1)).filter((name) => !name.includes(":"));
	}
}

/** The bytes, or the range of them that is asked for. */
export function answerBytes(
	response: ServerResponse,
	call: Call,
	bytes: Uint8Array,
	headers: object = {},
): void {
	const start = Number(/^bytes=(\d+)-$/.exec(call.headers.range ?? "")?.[1] ?? 0);
	if (start > 0 && start >= bytes.length) {
		response.writeHead(416, { "Content-Range": `bytes */${bytes.length}` }).end();
		return;
	}
	const range = start > 0 ? { "Content-Range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {};
	const length = bytes.length - start;
	response.writeHead(start > 0 ? 206 : 200, { "Content-Length": length, ...range, ...headers });
	response.end(call.method === "HEAD" ? undefined : bytes.subarray(start));
}

export function answerJson(
	response: ServerResponse,
	status: number,
	body: unknown,
	headers: object = {},
): void {
	const text = JSON.stringify(body);
	response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(text);
}

/** The distribution spec's error body. */
export function answerError(response: ServerResponse, status: number, code: string, message: string): void {
	answerJson(response, status, { errors: [{ code, message }] });
}

/** Sends `bytes` after headers that promise `length`, then breaks the connection. */
export function breakOff(response: ServerResponse, bytes: Uint8Array, length: number, status = 200): void {
	response.writeHead(status, { "Content-Length": length });
	response.write(bytes, () => response.destroy());
}

/** Redirects. */
export function redirect(response: ServerResponse, location: string | undefined, status = 307): void {
	response.writeHead(status, location === undefined ? {} : { Location: location }).end();
}
