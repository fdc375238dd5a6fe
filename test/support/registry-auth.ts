import type { ServerResponse } from "node:http";
import { answerError, answerJson, type Call } from "./registry.js";

/** What stands between a request and the registry. */
export interface RegistryAuth {
	/** Answers requests that are not authorized, and those to a token server; true when it did. */
	answer(call: Call, response: ServerResponse, url: string): Promise<boolean> | boolean;
}

type Users = Readonly<Record<string, string>>;

function basicUser(call: Call): [string, string] | undefined {
	const encoded = /^Basic (.+)$/.exec(call.headers.authorization ?? "")?.[1];
	if (encoded === undefined) return undefined;
	const text = Buffer.from(encoded, "base64").toString("utf8");
	const colon = text.indexOf(":");
	return [text.slice(0, colon), text.slice(colon + 1)];
}

export class BasicAuth implements RegistryAuth {
	readonly #users: Users;
	readonly #challenges: readonly string[];

	constructor(users: Users, challenges: readonly string[] = ['Basic realm="test"']) {
		this.#users = users;
		this.#challenges = challenges;
	}

	answer(call: Call, response: ServerResponse): boolean {
		const [user, password] = basicUser(call) ?? [];
		if (user !== undefined && this.#users[user] === password) return false;
		response.setHeader("WWW-Authenticate", this.#challenges);
		answerError(response, 401, "UNAUTHORIZED", "authentication required");
		return true;
	}
}

/** A token server at `/token` of the registry, and the challenges that lead there. */
export class BearerAuth implements RegistryAuth {
	/** The challenge; `undefined` makes the usual one. */
	challenge: ((call: Call, url: string) => string | readonly string[]) | undefined;
	/** The token server's answer; replaced to show what token servers do. */
	tokenAnswer: (token: string, call: Call) => unknown = (token) => ({ token, expires_in: 300 });
	/** Who gets a token; everybody when there are no users. */
	users: Users | undefined;
	/** Refresh tokens that POST accepts; undefined: POST is not known (404). */
	refreshTokens: readonly string[] | undefined;
	/** Scopes refused with this status. */
	refuse: (call: Call) => number | undefined = () => undefined;
	/** Requests to the token server. */
	readonly asked: Call[] = [];
	#issued = 0;
	readonly #valid = new Set<string>();

	/** Every token that was given out stops working. */
	revoke(): void {
		this.#valid.clear();
	}

	answer(call: Call, response: ServerResponse, url: string): boolean {
		if (call.path === "/token") {
			this.#token(call, response);
			return true;
		}
		const token = /^Bearer (.+)$/.exec(call.headers.authorization ?? "")?.[1];
		if (token !== undefined && this.#valid.has(token)) return false;
		const scope = `repository:${/^\/v2\/(.+)\/(?:manifests|blobs|tags)\//.exec(call.path)?.[1]}:pull`;
		const usual = `Bearer realm="${url}/token",service="test service",scope="${scope}"`;
		response.setHeader("WWW-Authenticate", this.challenge?.(call, url) ?? usual);
		answerError(response, 401, "UNAUTHORIZED", "authentication required");
		return true;
	}

	#token(call: Call, response: ServerResponse): void {
		this.asked.push(call);
		const status = this.refuse(call) ?? this.#check(call);
		if (status !== 200) {
			answerError(response, status, "DENIED", "token refused");
			return;
		}
		const token = `token-${++this.#issued}`;
		this.#valid.add(token);
		const answer = this.tokenAnswer(token, call);
		if (typeof answer === "string") response.writeHead(200, { "Content-Type": "text/html" }).end(answer);
		else answerJson(response, 200, answer);
	}

	#check(call: Call): number {
		if (call.method === "POST") {
			if (this.refreshTokens === undefined) return 404;
			return this.refreshTokens.includes(new URLSearchParams(call.body).get("refresh_token") ?? "")
				? 200
				: 401;
		}
		const [user, password] = basicUser(call) ?? [];
		if (this.users === undefined && user === undefined) return 200;
		return user !== undefined && this.users?.[user] === password ? 200 : 401;
	}
}
