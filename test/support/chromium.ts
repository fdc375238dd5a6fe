import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const FLAGS = [
	"--headless=new",
	"--no-sandbox",
	"--disable-gpu",
	"--disable-dev-shm-usage",
	"--window-size=1280,900",
	"--remote-debugging-pipe",
];

interface Answer {
	readonly id?: number;
	readonly method?: string;
	readonly params?: { readonly name?: string; readonly loaderId?: string };
	readonly result?: unknown;
	readonly error?: { readonly message: string };
}

interface Evaluated {
	readonly result: { readonly value: unknown };
	readonly exceptionDetails?: {
		readonly text: string;
		readonly exception?: { readonly description?: string };
	};
}

/** A promise that waits for an answer of the browser, or for the end of a page's loading. */
interface Waiting {
	readonly resolve: (result: unknown) => void;
	readonly reject: (cause: Error) => void;
}

/**
 * Chromium without a window, with one page, spoken to through pipes by the DevTools protocol: what is waited for is
 * an event of the browser, and never a time.
 */
export class Chromium {
	readonly #directory: string;
	readonly #process: ChildProcess;
	readonly #answers = new Map<number, Waiting>();
	readonly #loading = new Map<string, Waiting>();
	readonly #loaded = new Set<string>();
	#received = "";
	#sent = 0;
	#session: string | undefined;

	private constructor() {
		this.#directory = mkdtempSync(join(tmpdir(), "pvpkg-chromium-"));
		this.#process = spawn("chromium", [...FLAGS, `--user-data-dir=${this.#directory}`, "about:blank"], {
			// Leads a group of its own, which its helper processes belong to.
			detached: true,
			stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
		});
		this.#process.on("error", (cause) => this.#fail(cause));
		this.#process.on("exit", (code, signal) =>
			this.#fail(new Error(`Chromium ended with ${code ?? signal}.`)),
		);
		this.#process.stdio[3]!.on("error", (cause) => this.#fail(cause));
		(this.#process.stdio[4] as NodeJS.ReadableStream)
			.setEncoding("utf8")
			.on("data", (chunk) => this.#receive(chunk));
	}

	/** Starts Chromium and opens a page in it: its own first page may not be there yet. */
	static async start(): Promise<Chromium> {
		const browser = new Chromium();
		const { targetId } = await browser.send<{ targetId: string }>("Target.createTarget", {
			url: "about:blank",
		});
		const { sessionId } = await browser.send<{ sessionId: string }>("Target.attachToTarget", {
			targetId,
			flatten: true,
		});
		browser.#session = sessionId;
		await browser.send("Page.enable");
		await browser.send("Page.setLifecycleEventsEnabled", { enabled: true });
		return browser;
	}

	/** Opens a file, and resolves when it and its scripts are loaded. */
	async open(path: string): Promise<void> {
		const url = pathToFileURL(path).href;
		const { loaderId } = await this.send<{ loaderId: string }>("Page.navigate", { url });
		// The empty page may end its loading meanwhile, too.
		if (!this.#loaded.has(loaderId)) await this.#wait(this.#loading, loaderId);
	}

	/** Returns the value of an expression in the page; waits for it where it is a promise. Throws what it throws. */
	async evaluate<T>(expression: string): Promise<T> {
		const { result, exceptionDetails } = await this.send<Evaluated>("Runtime.evaluate", {
			expression,
			awaitPromise: true,
			returnByValue: true,
		});
		if (exceptionDetails !== undefined)
			throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
		return result.value as T;
	}

	/** Sends a command of the DevTools protocol and returns its answer. */
	send<T>(method: string, params: object = {}): Promise<T> {
		const id = ++this.#sent;
		const answer = this.#wait(this.#answers, id);
		const message = JSON.stringify({ id, method, params, sessionId: this.#session });
		(this.#process.stdio[3] as NodeJS.WritableStream).write(`${message}\0`);
		return answer as Promise<T>;
	}

	/** Ends Chromium and removes its profile. */
	async close(): Promise<void> {
		const { pid, exitCode, signalCode } = this.#process;
		const closed = new Promise((resolve) => this.#process.once("close", resolve));
		if (pid !== undefined && exitCode === null && signalCode === null) {
			process.kill(-pid, "SIGKILL");
			await closed;
		}
		removeProfile(this.#directory);
	}

	#wait<K>(waiting: Map<K, Waiting>, key: K): Promise<unknown> {
		return new Promise((resolve, reject) => waiting.set(key, { resolve, reject }));
	}

	#receive(chunk: string): void {
		const messages = (this.#received + chunk).split("\0");
		this.#received = messages.pop()!;
		for (const message of messages) this.#take(JSON.parse(message) as Answer);
	}

	#take({ id, method, params, result, error }: Answer): void {
		if (id === undefined) {
			if (method === "Page.lifecycleEvent" && params?.name === "load") this.#endLoading(params.loaderId!);
			return;
		}
		const waiting = this.#answers.get(id);
		this.#answers.delete(id);
		if (error === undefined) waiting?.resolve(result);
		else waiting?.reject(new Error(error.message));
	}

	#endLoading(loaderId: string): void {
		this.#loaded.add(loaderId);
		this.#loading.get(loaderId)?.resolve(undefined);
	}

	#fail(cause: Error): void {
		for (const waiting of [...this.#answers.values(), ...this.#loading.values()]) waiting.reject(cause);
	}
}

/** A helper process that is slow to end may still write there: then some files stay, and no test fails because of it. */
function removeProfile(directory: string): void {
	try {
		rmSync(directory, { recursive: true, force: true, maxRetries: 20 });
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "ENOTEMPTY") throw error;
	}
}
