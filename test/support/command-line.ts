import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDemoImage, type DemoImage } from "../../fixtures/demo-image.js";
import { createDemoKey } from "../../fixtures/demo-key.js";
import { type DemoRegistry, serveDemoImage } from "../../fixtures/demo-registry.js";
import { PROGRAM } from "./program.js";
import { checkDocument } from "./schemas.js";

export interface CommandResult {
	readonly code: number | null;
	readonly stdout: string;
	readonly stderr: string;
}

export interface CommandOptions {
	readonly env?: Readonly<Record<string, string | undefined>>;
	readonly cwd?: string;
	readonly input?: string | Uint8Array;
	/** Sends a signal when the text appears on standard error: once, or again and again until the program ends. */
	readonly interrupt?: {
		readonly after: string | RegExp;
		readonly signal: NodeJS.Signals;
		readonly again?: boolean;
	};
	/** Program and arguments before node, such as a limit. */
	readonly wrapper?: readonly string[];
}

/**
 * For `env`: the program compresses in threads, as many as it chooses by itself, and V8 optimizes its WebAssembly, as
 * in the hands of users. Without it, V8 compiles WebAssembly once: optimizing takes longer than such small images do.
 */
export const IN_THREADS: { readonly PVPKG_JOBS: undefined } = { PVPKG_JOBS: undefined };

/** A directory with a key and an empty cache, and the program run in it. */
export class Workplace {
	readonly directory: string;

	constructor() {
		this.directory = mkdtempSync(join(tmpdir(), "pvpkg-cli-"));
		const { privateKey, publicKey } = demoKey();
		writeFileSync(this.path("key.pem"), privateKey);
		writeFileSync(this.path("public.pem"), publicKey);
		mkdirSync(this.path("tmp"));
	}

	path(name: string): string {
		return join(this.directory, name);
	}

	/** Runs pvpkg to its end. What it prints with `--json` has to keep its schema. */
	run(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
		const compiled = options.env && "PVPKG_JOBS" in options.env ? [] : ["--liftoff-only"];
		const [command, ...before] = [...(options.wrapper ?? []), process.execPath, ...compiled, PROGRAM];
		const env = {
			PATH: process.env.PATH,
			HOME: this.directory,
			TMPDIR: this.path("tmp"),
			PVR_SIG_KEY: this.path("key.pem"),
			PVPKG_CACHE_DIR: this.path("cache"),
			// Without it the first use of the cache makes a key in the home, which is the directory here.
			PVPKG_CACHE_KEY: "the key of a test, which is long enough",
			// Threads take longer to start than such small images take to compress.
			PVPKG_JOBS: "0",
			...options.env,
		};
		const child = spawn(command!, [...before, ...args], { cwd: options.cwd ?? this.directory, env });
		let [stdout, stderr] = ["", ""];
		child.stdout.on("data", (chunk: Buffer) => {
			stdout += chunk.toString("latin1");
		});
		let { interrupt } = options;
		let repeated: NodeJS.Timeout | undefined;
		// A chunk may end in the middle of a character.
		child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
			stderr += chunk;
			if (interrupt === undefined || !stderr.match(interrupt.after)) return;
			const { signal, again = false } = interrupt;
			child.kill(signal);
			if (again) repeated = setInterval(() => child.kill(signal), 200);
			interrupt = undefined;
		});
		// A program that ends before it has read its input is no failure of the test.
		child.stdin.on("error", () => {});
		child.stdin.end(options.input ?? "");
		return new Promise((done, fail) => {
			child.on("error", fail);
			child.on("close", (code) => {
				clearInterval(repeated);
				try {
					if (args.includes("--json") && stdout !== "")
						checkDocument(Buffer.from(stdout, "latin1").toString());
					done({ code, stdout, stderr });
				} catch (error) {
					fail(error as Error);
				}
			});
		});
	}

	/** Returns another workplace with all that is in this one: a set-up that takes long is made once. */
	copy(): Workplace {
		const other = new Workplace();
		cpSync(this.directory, other.directory, { recursive: true, verbatimSymlinks: true });
		return other;
	}

	remove(): void {
		rmSync(this.directory, { recursive: true, force: true, maxRetries: 20 });
	}
}

/** A share of the demo image: where tests make packages by the dozen, their sizes do not matter. */
export const SMALL: number = 1 / 16;

const images = new Map<number, DemoImage>();
let key: ReturnType<typeof createDemoKey> | undefined;

/** The demo image with a share of its sizes; a whole one has files of several blocks. */
export function demoImage(share: number = SMALL): DemoImage {
	const image = images.get(share) ?? createDemoImage(share);
	images.set(share, image);
	return image;
}

function demoKey(): ReturnType<typeof createDemoKey> {
	key ??= createDemoKey();
	return key;
}

/** The demo image on loopback as `HOST/demo/app:1.0`. */
export function serveDemo(changed: DemoImage = demoImage()): Promise<DemoRegistry> {
	return serveDemoImage(changed, "demo/app", "1.0");
}
