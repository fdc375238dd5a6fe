import { displayByteString, jointSignal, utf8ByteString } from "../../ground/bytes/index.js";
import { isJsonObject, type JsonValue, parseJson } from "../../ground/json/index.js";
import type { Upload, WebAnswer, WebClient } from "../../image/registry/index.js";
import { parseRunningState, type State } from "../../pantavisor/state/index.js";
import { readRemote, readRemoteState } from "../repository/index.js";
import { DeviceError } from "./errors.js";
import { parseProgress, type RevisionProgress } from "./progress.js";
import { REQUESTS, type RequestName, requestUrl } from "./requests.js";

/** Most bytes of a state. */
const STATE_LIMIT = 1 << 26;
/** Most bytes of other answers. */
const ANSWER_LIMIT = 1 << 20;
/** Most bytes of logs that are read at once. */
const LOG_LIMIT = 1 << 22;
/** Most pieces of them that are kept apart. */
const MOST_PIECES = 1 << 16;
/** How long a device may take to answer about a package or a revision. Milliseconds. */
const PATIENCE = 600_000;
/** Most bytes of logs that are received to find their end. */
const MOST_LOGS = 1 << 28;
/** Node's timers know no longer time. Milliseconds. */
const LONGEST_TIME = 2 ** 31 - 1;
/** Most characters of a device's message that are shown. */
const SHOWN = 400;

/** A request that a device did not answer with success. */
interface Refusal {
	readonly action: string;
	readonly answer: WebAnswer;
}

/** The PVTX interface of one device: single requests. Requests that change something are sent once. */
export class DeviceClient {
	readonly #client: WebClient;
	readonly #signal: AbortSignal | undefined;

	/** @param client whose home is the device's repository: `http://DEVICE:12368/cgi-bin/pvr`. */
	constructor(client: WebClient, signal: AbortSignal | undefined) {
		this.#client = client;
		this.#signal = signal;
	}

	/** `host:port`, for messages. */
	get name(): string {
		return this.#client.home.host;
	}

	/** `http://host:port`, as commands take it. */
	get address(): string {
		return this.#client.home.origin;
	}

	/**
	 * Runs requests to the device that must end within a time, however slowly the answers come.
	 * @param limit milliseconds, of the machine's own clock.
	 * @throws a TimeoutError when it is not over; what `ask` throws.
	 */
	async within<T>(limit: number, ask: (device: DeviceClient) => Promise<T>): Promise<T> {
		const stop = new AbortController();
		const onTimeout = (): void => stop.abort(new DOMException("the time is over", "TimeoutError"));
		const timer = setTimeout(onTimeout, Math.min(limit, LONGEST_TIME));
		try {
			return await ask(new DeviceClient(this.#client, jointSignal(this.#signal, stop.signal)));
		} finally {
			clearTimeout(timer);
		}
	}

	/** The state of the revision that runs. @throws RegistryError; RepositoryError; JsonError */
	async state(): Promise<State> {
		const remote = await readRemote(this.#client, this.#signal);
		return readRemoteState(this.#client, remote, this.#signal);
	}

	/** Returns the state of the open transaction; undefined if none is open. */
	async show(): Promise<State | undefined> {
		const answer = await this.#ask("show", {}, STATE_LIMIT);
		if (answer.status === 200) return this.#stateOf(answer, "show");
		if (answer.status !== 400) throw this.#refused({ action: "read transaction", answer });
		return undefined;
	}

	/** Opens a transaction on the running revision, or on an empty state. @returns its state. */
	async begin(empty: boolean): Promise<State> {
		const answer = await this.#ask("begin", empty ? { empty: "true" } : {}, STATE_LIMIT);
		if (answer.status === 200) return this.#stateOf(answer, "begin");
		throw this.#refused({ action: "begin transaction", answer });
	}

	/** Adds a package, gzip'ed, to the open transaction. */
	async add(body: Upload): Promise<void> {
		const answer = await this.#ask("add", {}, ANSWER_LIMIT, body);
		if (answer.status !== 200) throw this.#refused({ action: "add package", answer });
	}

	/** Makes a revision of the open transaction. @returns its name: `locals/…`. */
	async commit(): Promise<string> {
		const answer = await this.#ask("commit", {}, ANSWER_LIMIT);
		if (answer.status !== 200) throw this.#refused({ action: "commit", answer });
		const name = revisionIn(answer.body.toString("utf8"));
		if (name !== undefined) return name;
		throw this.#nonsense("commit", "expected the name of a revision, locals/…", answer);
	}

	/** Discards the open transaction. */
	async abort(): Promise<void> {
		const answer = await this.#ask("abort", {}, ANSWER_LIMIT);
		if (answer.status !== 200) throw this.#refused({ action: "abort transaction", answer });
	}

	/** Makes the device go to a revision. */
	async run(revision: string): Promise<void> {
		const answer = await this.#ask("run", { rev: revision }, ANSWER_LIMIT);
		if (answer.status !== 200) throw this.#refused({ action: `run ${revision}`, answer });
	}

	/** Returns the progress of a revision; undefined if the device does not report it. */
	async status(revision: string): Promise<RevisionProgress | undefined> {
		const answer = await this.#ask("status", { rev: revision }, ANSWER_LIMIT);
		if (answer.status !== 200) throw this.#refused({ action: `read status of ${revision}`, answer });
		return parseProgress(answer.body, `${this.name}: status`);
	}

	/**
	 * Logs as the device keeps them; the end of those that are too long to be read whole, and what came of those that
	 * do not end in the time of `within`.
	 * @throws DeviceError ERR_DEVICE_ANSWER for logs that do not end after 256 MiB.
	 */
	async logs(query: LogQuery): Promise<string> {
		const url = requestUrl(this.#client.home, "logs", { ...query });
		const response = await this.#client.get({ url, signal: this.#signal }, "read logs");
		const kept = new LogTail();
		let received = 0;
		try {
			for await (const chunk of response.chunks()) {
				received += chunk.length;
				if (received > MOST_LOGS) throw endlessLogs(this.name);
				kept.push(chunk);
			}
		} catch (error) {
			if (!isTimeout(error)) throw error;
		}
		return kept.text();
	}

	/** What the device says about its containers. */
	async containers(): Promise<JsonValue> {
		const url = requestUrl(this.#client.home, "containers");
		const text = await this.#client.read({ url, signal: this.#signal }, "read containers", ANSWER_LIMIT);
		return parseJson(text, `${this.name}: containers`);
	}

	async sleep(milliseconds: number): Promise<void> {
		await this.#client.sleep(milliseconds, this.#signal);
	}

	/** Milliseconds since 1970. */
	now(): number {
		return this.#client.now();
	}

	async #ask(
		name: RequestName,
		query: Readonly<Record<string, string>>,
		limit: number,
		body?: Upload,
	): Promise<WebAnswer> {
		const { method } = REQUESTS[name];
		const url = requestUrl(this.#client.home, name, query);
		const headers = body && { "content-type": "application/gzip" };
		const timeout = name === "status" || name === "show" ? undefined : PATIENCE;
		return this.#client.ask({ method, url, headers, body, timeout, signal: this.#signal }, limit);
	}

	#stateOf({ body }: WebAnswer, what: string): State {
		return parseRunningState(body, `${this.name}: ${what}`);
	}

	#refused({ action, answer }: Refusal): DeviceError {
		const words = deviceWords(answer.body);
		const message = `${this.name}: ${action}: the device answered ${answer.status}${words && `: ${words}`}`;
		return new DeviceError("ERR_DEVICE_REFUSED", message);
	}

	#nonsense(action: string, expected: string, answer: WebAnswer): DeviceError {
		const message = `${this.name}: ${action}: ${expected}, got ${deviceWords(answer.body) || "nothing"}`;
		return new DeviceError("ERR_DEVICE_ANSWER", message);
	}
}

export interface LogQuery {
	/** Revision; the running one where it is absent. */
	readonly rev?: string | undefined;
	/** Container; Pantavisor's own logs where it is absent. */
	readonly source?: string | undefined;
	readonly tail?: "true" | undefined;
	/** How many lines. */
	readonly tailn?: string | undefined;
}

/** The end of logs. A device may send them byte by byte: what is kept is joined now and then, and not each time. */
class LogTail {
	#pieces: Uint8Array[] = [];
	#size = 0;

	push(chunk: Uint8Array): void {
		this.#pieces.push(chunk);
		this.#size += chunk.length;
		if (this.#size < 2 * LOG_LIMIT && this.#pieces.length < MOST_PIECES) return;
		const tail = Buffer.from(Buffer.concat(this.#pieces).subarray(-LOG_LIMIT));
		[this.#pieces, this.#size] = [[tail], tail.length];
	}

	text(): string {
		return Buffer.concat(this.#pieces).subarray(-LOG_LIMIT).toString("utf8");
	}
}

function endlessLogs(name: string): DeviceError {
	const message = `${name}: read logs: expected at most ${MOST_LOGS} bytes, got more; --lines asks for the last lines`;
	return new DeviceError("ERR_DEVICE_ANSWER", message);
}

/** Whether a request was not over in the time of `within`. */
export function isTimeout(error: unknown): boolean {
	return error instanceof DOMException && error.name === "TimeoutError";
}

/** The first name of a local revision in a string. */
function revisionIn(text: string): string | undefined {
	return /locals\/[A-Za-z0-9._-]{1,64}/.exec(text)?.[0];
}

/** Returns the message in an answer: the `error` of a JSON object, or the text; short, and safe to print. */
function deviceWords(body: Buffer): string {
	const text = body.toString("utf8").trim();
	return shownText(errorMember(text) ?? text);
}

/** A device's text for messages: one line, without control characters. */
export function shownText(text: string): string {
	const line = displayByteString(utf8ByteString(text.slice(0, SHOWN).replace(/\s+/g, " ").trim()));
	return text.length > SHOWN ? `${line}…` : line;
}

function errorMember(text: string): string | undefined {
	if (!text.startsWith("{")) return undefined;
	try {
		const value = parseJson(text, "answer");
		// pvtx says "error", pv-ctrl "Error".
		const words = isJsonObject(value) ? ["error", "Error", "message"].map((name) => value.get(name)) : [];
		return words.find((word) => typeof word === "string");
	} catch {
		return undefined;
	}
}
