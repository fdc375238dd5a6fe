import { type ChildProcess, spawn } from "node:child_process";
import { createSign } from "node:crypto";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { answerError, answerJson } from "./registry.js";

/** Debian's docker-registry on a free loopback port. */
export class DockerRegistry {
	readonly port: number;
	readonly #process: ChildProcess;

	private constructor(port: number, process: ChildProcess) {
		this.port = port;
		this.#process = process;
	}

	get host(): string {
		return `127.0.0.1:${this.port}`;
	}

	/**
	 * @param storage where it keeps what it holds; several may share one.
	 * @param more further members of its configuration, JSON being YAML; `http` is merged.
	 */
	static async start(
		storage: string,
		more: { readonly http?: object } & Record<string, unknown> = {},
	): Promise<DockerRegistry> {
		const { http, ...rest } = more;
		const configuration = {
			version: "0.1",
			log: { level: "info", accesslog: { disabled: true } },
			storage: { filesystem: { rootdirectory: storage }, delete: { enabled: true } },
			http: { addr: "127.0.0.1:0", ...http },
			...rest,
		};
		const path = join(storage, `config-${++started}.yml`);
		writeFileSync(path, JSON.stringify(configuration));
		// A file, as a pipe that nobody reads fills up, and then the registry stands still.
		const log = join(storage, `log-${started}`);
		const descriptor = openSync(log, "w");
		const child = spawn("docker-registry", ["serve", path], { stdio: ["ignore", "ignore", descriptor] });
		closeSync(descriptor);
		return new DockerRegistry(await listeningPort(child, log), child);
	}

	async close(): Promise<void> {
		if (this.#process.exitCode !== null) return;
		const ended = new Promise((resolve) => this.#process.once("exit", resolve));
		this.#process.kill("SIGKILL");
		await ended;
	}
}

let started = 0;

/** Returns the port that the system chose, which it logs. @throws Error with its log when it ends before. */
async function listeningPort(child: ChildProcess, log: string): Promise<number> {
	let failure: unknown;
	child.once("error", (cause) => {
		failure = cause;
	});
	for (;;) {
		const ended = child.exitCode !== null || child.signalCode !== null;
		const text = readFileSync(log, "utf8");
		const [, port] = /listening on 127\.0\.0\.1:(\d+)\D/.exec(text) ?? [];
		if (port !== undefined) return Number(port);
		if (failure !== undefined) throw failure;
		if (ended) throw new Error(`docker-registry did not start: ${text}`);
		await sleep(10);
	}
}

/** A token server for docker-registry: RS256 tokens that carry their certificate. */
export class TokenServer {
	/** Requests: scope and user. */
	readonly asked: { readonly scope: string | null; readonly authorization: string | undefined }[] = [];
	readonly #server = createServer((request, response) => this.#answer(request, response));
	readonly #options: TokenServerOptions;

	private constructor(options: TokenServerOptions) {
		this.#options = options;
	}

	static async start(options: TokenServerOptions): Promise<TokenServer> {
		const server = new TokenServer(options);
		await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
		return server;
	}

	get realm(): string {
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/token`;
	}

	async close(): Promise<void> {
		this.#server.closeAllConnections();
		await new Promise((resolve) => this.#server.close(resolve));
	}

	#answer(request: IncomingMessage, response: ServerResponse): void {
		const { searchParams } = new URL(request.url ?? "/", this.realm);
		const scope = searchParams.get("scope");
		const { authorization } = request.headers;
		this.asked.push({ scope, authorization });
		const expected = `Basic ${Buffer.from(this.#options.user).toString("base64")}`;
		if (authorization !== expected) answerError(response, 401, "UNAUTHORIZED", "wrong user or password");
		else answerJson(response, 200, { access_token: this.#token(scope), expires_in: this.#options.lifetime });
	}

	#token(scope: string | null): string {
		const [type, name, actions] = scope?.split(":") ?? [];
		const access = type === undefined ? [] : [{ type, name, actions: actions?.split(",") }];
		const now = Math.floor(Date.now() / 1000);
		const times = { iat: now, nbf: now - 10, exp: now + this.#options.lifetime };
		const claims = { iss: "pvpkg test", sub: "user", aud: "test service", jti: `${now}`, access, ...times };
		const header = { typ: "JWT", alg: "RS256", x5c: [derBase64(this.#options.certificate)] };
		const text = [header, claims]
			.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
			.join(".");
		return `${text}.${createSign("RSA-SHA256").update(text).sign(this.#options.key, "base64url")}`;
	}
}

interface TokenServerOptions {
	/** `user:password` */
	readonly user: string;
	/** PEM. */
	readonly certificate: string;
	/** PEM. */
	readonly key: string;
	/** Seconds. */
	readonly lifetime: number;
}

function derBase64(pem: string): string {
	return pem.replace(/-----[^-]+-----|\s/g, "");
}
