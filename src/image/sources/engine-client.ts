import { Agent, type IncomingMessage, type RequestOptions, request } from "node:http";
import { systemReason } from "../../ground/bytes/index.js";
import type { SourceContext } from "./context.js";
import { SourceError } from "./errors.js";

/** Exporting an image may take the daemon minutes before the first byte. */
const HEADERS_TIMEOUT_MILLISECONDS = 600_000;
/** Most of an error's text that is shown. Bytes. */
const MAXIMUM_MESSAGE = 2000;

/** A connection to a daemon that speaks Docker's Engine API. */
export interface EngineClient {
	/** For messages: the address. */
	readonly address: string;
	/** A GET: status and body; the body must be read. */
	get(path: string): Promise<{ readonly status: number; readonly body: AsyncIterable<Uint8Array> }>;
	/** The text of an answer that is an error: its JSON `message`, or what there is. */
	readMessage(body: AsyncIterable<Uint8Array>): Promise<string>;
	close(): Promise<void>;
}

/**
 * Connects to the daemon that DOCKER_HOST names (`unix://`, `tcp://`), else to the first that
 * answers of Docker's and podman's sockets, those of the system and the user's own.
 * @throws SourceError ERR_DAEMON
 */
export async function openEngine(context: SourceContext): Promise<EngineClient> {
	const failures: string[] = [];
	for (const address of engineAddresses(context.environment ?? {})) {
		const engine = connect(address, context);
		try {
			const { body } = await engine.get("/_ping");
			await engine.readMessage(body);
			return engine;
		} catch (error) {
			await engine.close();
			context.signal?.throwIfAborted();
			failures.push(reasonOf(error));
		}
	}
	const message = `docker daemon: connect: no daemon answers: ${failures.join("; ")}`;
	throw new SourceError("ERR_DAEMON", message);
}

function engineAddresses(environment: Readonly<Record<string, string | undefined>>): string[] {
	const host = environment.DOCKER_HOST;
	if (host) return [host];
	const runtime = environment.XDG_RUNTIME_DIR;
	const own = runtime ? [`unix://${runtime}/docker.sock`, `unix://${runtime}/podman/podman.sock`] : [];
	return ["unix:///var/run/docker.sock", ...own, "unix:///run/podman/podman.sock"];
}

function connect(address: string, { environment, signal }: SourceContext): EngineClient {
	const place = placeOf(address, environment?.DOCKER_TLS_VERIFY);
	const agent = new Agent({ keepAlive: true });
	return {
		address,
		async get(path) {
			try {
				const response = await getResponse({ ...place, agent, path, ...(signal && { signal }) });
				return { status: response.statusCode ?? 0, body: response };
			} catch (cause) {
				signal?.throwIfAborted();
				throw new SourceError("ERR_DAEMON", `${address}: ask: ${systemReason(cause)}`, { cause });
			}
		},
		readMessage: readErrorMessage,
		close: async () => agent.destroy(),
	};
}

function getResponse(options: RequestOptions): Promise<IncomingMessage> {
	return new Promise((resolve, reject) => {
		const asked = request(options, resolve);
		asked.setTimeout(HEADERS_TIMEOUT_MILLISECONDS, () => asked.destroy(new Error("no answer came")));
		asked.once("error", reject);
		asked.end();
	});
}

function placeOf(address: string, tls: string | undefined): RequestOptions {
	const socketPath = /^unix:\/\/(\/.+)$/.exec(address)?.[1];
	if (socketPath !== undefined) return { socketPath };
	const authority = /^(?:tcp|http):\/\/([^/@]+)\/?$/.exec(address)?.[1];
	if (authority === undefined || !URL.canParse(`http://${authority}`) || tls) {
		const shown = address.replace(/^([a-z]+:\/\/)?.*@/is, "$1");
		const got = tls ? `${shown} with DOCKER_TLS_VERIFY` : shown;
		const message = `docker daemon: connect: expected DOCKER_HOST as unix:///PATH or tcp://HOST:PORT, got ${got}`;
		throw new SourceError("ERR_DAEMON", message);
	}
	const { hostname, port } = new URL(`http://${authority}`);
	return { hostname: hostname.replace(/^\[|\]$/g, ""), port: port || 80 };
}

async function readErrorMessage(body: AsyncIterable<Uint8Array>): Promise<string> {
	let text = "";
	for await (const chunk of body) if (text.length < MAXIMUM_MESSAGE) text += Buffer.from(chunk).toString();
	const message = /"message"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(text)?.[1];
	const said = message === undefined ? text.slice(0, MAXIMUM_MESSAGE) : unquoted(message);
	return said.replace(/[\s\x00-\x1f\x7f-\x9f]+/g, " ").trim();
}

/** A JSON string's text; a string that is not JSON is returned unchanged. */
function unquoted(text: string): string {
	try {
		return String(JSON.parse(text));
	} catch {
		return text;
	}
}

function reasonOf(error: unknown): string {
	return error instanceof SourceError ? error.message : systemReason(error);
}
