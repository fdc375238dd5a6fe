import { createHash, type Hash } from "node:crypto";
import { dirname, join } from "node:path";
import { BytesError, contentChunks, jointSignal, Limiter, PvpkgError } from "../../ground/bytes/index.js";
import { type FileContent, openFileContent, PendingFile, removeTree } from "../../ground/files/index.js";
import type { WebClient } from "../../image/registry/index.js";
import { shownAddress } from "./address.js";
import { RepositoryError } from "./errors.js";
import { answerError, below, DOCUMENT_LIMIT, parseDocument, type Remote } from "./remote.js";

/** Objects that are downloaded at a time, as pvr does. */
const PARALLEL = 4;
/** How often the download of one object may break off without progress. */
const ATTEMPTS = 5;
/** Milliseconds. */
const FIRST_PAUSE = 250;
/** Most bytes of all objects together, where nothing else is said: as packages may unpack to. */
const MAXIMUM = 2 ** 32;

export interface TransferOptions {
	readonly signal: AbortSignal | undefined;
	/** Called with the objects that are done. */
	readonly onObject?: ((done: number, total: number) => void) | undefined;
}

export interface DownloadOptions extends TransferOptions {
	/** Most bytes of all objects together. */
	readonly maximum?: number | undefined;
}

/**
 * Downloads objects into a directory, each under its hash and only when it is whole; a connection that breaks
 * is taken up where it broke, also by the next run.
 * @throws RepositoryError ERR_REPOSITORY_OBJECT for other bytes than the hash says, or more than the maximum;
 *   ERR_REPOSITORY_ANSWER; RegistryError.
 */
export async function downloadObjects(
	client: WebClient,
	remote: Remote,
	hashes: readonly string[],
	directory: string,
	{ signal, onObject, maximum = MAXIMUM }: DownloadOptions,
): Promise<void> {
	const limiter = new Limiter(PARALLEL);
	const allowance = { maximum, left: maximum };
	let done = 0;
	const stop = new AbortController();
	const both = jointSignal(stop.signal, signal);
	const jobs = hashes.map((sha256) =>
		limiter.run(async () => {
			both.throwIfAborted();
			await new ObjectDownload(client, sha256, directory, allowance, both).receive(remote);
			onObject?.(++done, hashes.length);
		}),
	);
	await finishAll(jobs, stop);
}

/** Waits for all jobs; the first failure ends the others, and is thrown when they have ended. */
export async function finishAll(jobs: readonly Promise<void>[], stop: AbortController): Promise<void> {
	let failure: { readonly reason: unknown } | undefined;
	const watched = jobs.map((job) =>
		job.catch((reason: unknown) => {
			failure ??= { reason };
			stop.abort();
		}),
	);
	await Promise.all(watched);
	if (failure !== undefined) throw failure.reason;
}

/** How many of the allowed bytes are left. */
interface Allowance {
	readonly maximum: number;
	left: number;
}

/** The download of one object. If it breaks off, the received bytes stay as `.SHA256.part` for the next run. */
class ObjectDownload {
	readonly #client: WebClient;
	readonly #sha256: string;
	readonly #signal: AbortSignal;
	readonly #allowance: Allowance;
	readonly #path: string;
	#file: PendingFile;
	#hash: Hash = createHash("sha256");
	#position = 0;
	/** Whether its bytes are of more than one answer. */
	#isJoined = false;

	/** @param directory where the object appears under its hash. */
	constructor(
		client: WebClient,
		sha256: string,
		directory: string,
		allowance: Allowance,
		signal: AbortSignal,
	) {
		this.#client = client;
		this.#sha256 = sha256;
		this.#allowance = allowance;
		this.#signal = signal;
		this.#path = join(directory, sha256);
		this.#file = PendingFile.create(this.#path);
	}

	get #partial(): string {
		return join(dirname(this.#path), `.${this.#sha256}.part`);
	}

	async receive(remote: Remote): Promise<void> {
		try {
			const { url, size } = await this.#describe(remote);
			this.#takeOver(size);
			await this.#persist(url, size);
			let got = this.#hash.digest("hex");
			if (got !== this.#sha256 && this.#isJoined) {
				// The earlier bytes may be wrong: from an earlier run, or of another version on the server.
				this.#restart();
				await this.#persist(url, size);
				got = this.#hash.digest("hex");
			}
			if (got !== this.#sha256) throw this.#objectError(`expected that sha256, got ${got}`);
			this.#file.commit();
			removeTree(this.#partial);
		} catch (error) {
			const isWrong = error instanceof RepositoryError && error.code === "ERR_REPOSITORY_OBJECT";
			if (isWrong) removeTree(this.#partial);
			else if (this.#position > 0) this.#file.commit(this.#partial);
			throw error;
		} finally {
			this.#file.discard();
		}
	}

	/** Begins with what an earlier run received. */
	#takeOver(size: number | undefined): void {
		const earlier = openIfPresent(this.#partial);
		if (earlier === undefined) return;
		try {
			if (size === undefined || earlier.size >= size) return;
			for (const chunk of contentChunks(earlier)) this.#append(chunk);
		} finally {
			earlier.close();
		}
	}

	#append(chunk: Uint8Array): void {
		this.#allowance.left -= chunk.length;
		if (this.#allowance.left < 0) throw this.#tooMuch();
		this.#file.write(chunk, this.#position);
		this.#hash.update(chunk);
		this.#position += chunk.length;
	}

	/** Where the bytes are, and how many, where the server says. */
	async #describe({ objectsUrl }: Remote): Promise<{ url: URL; size: number | undefined }> {
		const about = below(objectsUrl, this.#sha256);
		const answer = await this.#client.read(
			{ url: about, signal: this.#signal },
			"find object",
			DOCUMENT_LIMIT,
		);
		const members = parseDocument(answer, shownAddress(about));
		const place = members.get("signed-geturl");
		if (typeof place !== "string" || !URL.canParse(place, about.href)) {
			throw answerError(about, "signed-geturl: expected an address, got another value");
		}
		const text = String(members.get("size") ?? "");
		const size = /^\d{1,15}$/.test(text) ? Number(text) : undefined;
		if (size !== undefined && size > this.#allowance.maximum) throw this.#tooMuch();
		return { url: new URL(place, about), size };
	}

	async #persist(url: URL, size: number | undefined): Promise<void> {
		for (let failures = 0; ; failures++) {
			const before = this.#position;
			try {
				return await this.#ask(url, size);
			} catch (error) {
				if (this.#position > before) failures = 0;
				const isPassing = error instanceof PvpkgError && error.kind === "transport";
				if (!isPassing || failures + 1 >= ATTEMPTS || this.#signal.aborted) throw error;
				await this.#client.sleep(FIRST_PAUSE * 2 ** failures, this.#signal);
			}
		}
	}

	/** One request, and its body from where the last one broke off. */
	async #ask(url: URL, size: number | undefined): Promise<void> {
		const headers = this.#position > 0 ? { range: `bytes=${this.#position}-` } : {};
		const response = await this.#client.send({ method: "GET", url, headers, signal: this.#signal });
		const [range = ""] = response.header("content-range");
		const goesOn = response.status === 206 && range.startsWith(`bytes ${this.#position}-`);
		if (response.status !== 200 && !goesOn) {
			await response.discard();
			const code = response.status >= 500 ? "ERR_REPOSITORY_BUSY" : "ERR_REPOSITORY_ANSWER";
			throw new RepositoryError(code, this.#message(`the server answered ${response.status}`));
		}
		if (goesOn) this.#isJoined = true;
		else if (this.#position > 0) this.#restart();
		for await (const chunk of response.chunks()) {
			if (size !== undefined && this.#position + chunk.length > size) {
				throw this.#objectError(`expected ${size} bytes, got more`);
			}
			this.#append(chunk);
		}
		if (size !== undefined && this.#position < size) {
			throw new RepositoryError(
				"ERR_REPOSITORY_BUSY",
				this.#message(`expected ${size} bytes, got ${this.#position}`),
			);
		}
	}

	/** In a new file: what follows may be shorter than what came before. */
	#restart(): void {
		this.#file.discard();
		this.#file = PendingFile.create(this.#path);
		this.#allowance.left += this.#position;
		this.#position = 0;
		this.#isJoined = false;
		this.#hash = createHash("sha256");
	}

	#tooMuch(): RepositoryError {
		return this.#objectError(
			`expected at most ${this.#allowance.maximum} bytes of all objects together (raise it with --max-unpacked), got more`,
		);
	}

	#objectError(reason: string): RepositoryError {
		return new RepositoryError("ERR_REPOSITORY_OBJECT", this.#message(reason));
	}

	#message(reason: string): string {
		return `${this.#client.home.host}: download object ${this.#sha256}: ${reason}`;
	}
}

/** Undefined for what is not there, and for what is not a file. */
function openIfPresent(path: string): FileContent | undefined {
	try {
		return openFileContent(path);
	} catch (error) {
		if (error instanceof BytesError) return undefined;
		throw error;
	}
}
