import { createHash } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RepositoryModel } from "./device-repository.js";
import type { DeviceCall } from "./device-server.js";

/** Runs a program that speaks pvr's protocol in a directory, to its end and without an error. */
export type RunClient = (cwd: string, ...args: readonly string[]) => Promise<unknown>;

const SPEC = "pantavisor-service-system@1";
const [config, image, added] = [Buffer.from("conf"), Buffer.alloc(300_000, "image"), Buffer.from("fresh")];
const [configHash, imageHash, addedHash] = [config, image, added].map(sha256) as [string, string, string];
const state = {
	"#spec": SPEC,
	"app/run.json": { name: "app" },
	"web/lxc.container.conf": configHash,
	"web/root.squashfs": imageHash,
	"web/run.json": { args: null, name: "web" },
};
const committed = JSON.stringify({
	...Object.fromEntries(Object.entries(state).slice(0, 2)),
	"new/a": addedHash,
	"new/run.json": { a: [], b: 1 },
	...Object.fromEntries(Object.entries(state).slice(2)),
});

const READ = ["GET /repo/.pvrremote", "GET /repo/json"];
const SEND_ADDED = [
	`POST /repo/objects/ application/json ${announcement("new/a", added)}`,
	`PUT /repo/bytes/${addedHash} 5 bytes`,
];

/**
 * What pvr 037 asks a server for, step by step: recorded from it, and told again here. Requests for
 * objects, which go out side by side, are in order of their text.
 */
export const PVR_REQUESTS: Readonly<Record<string, readonly string[]>> = {
	clone: [
		...READ,
		...[configHash, imageHash].map((hash) => `GET /repo/bytes/${hash}`).sort(),
		...[configHash, imageHash].map((hash) => `GET /repo/objects/${hash}`).sort(),
	],
	"get of what is there": READ,
	"get of a part": READ,
	post: [...READ, ...SEND_ADDED, `POST /repo/post {"commit-msg":"words","rev":-1,"state":${committed}}`],
	put: [...READ, ...SEND_ADDED, `PUT /repo/json application/json ${committed}`],
	"post of a revision": [...READ, `POST /repo/post {"commit-msg":"other","rev":7,"state":${committed}}`],
	putobjects: [
		`POST /repo/objects/ application/json ${announcement("new/a", added)}`,
		`POST /repo/objects/ application/json ${announcement("web/lxc.container.conf", config)}`,
		`POST /repo/objects/ application/json ${announcement("web/root.squashfs", image)}`,
	].sort(),
};

/** Has a client do what `PVR_REQUESTS` lists, below `directory`; returns its requests in the same form. */
export async function recordRequests(directory: string, run: RunClient): Promise<Record<string, string[]>> {
	const model = await RepositoryModel.start(JSON.stringify(state), [config, image]);
	const recorded: Record<string, string[]> = {};
	const [checkout, { url }] = [join(directory, "web"), model];
	const step = async (name: keyof typeof PVR_REQUESTS, ...args: string[]): Promise<void> => {
		model.server.calls.length = 0;
		await run(name === "clone" ? directory : checkout, ...args);
		recorded[name] = inOrder(model.server.calls.map(describeCall));
	};
	try {
		await step("clone", "clone", url, "web");
		await step("get of what is there", "get");
		await step("get of a part", "get", `${url}#web`);
		mkdirSync(join(checkout, "new"));
		writeFileSync(join(checkout, "new/a"), added);
		writeFileSync(join(checkout, "new/run.json"), '{"b":1,"a":[]}');
		await run(checkout, "add", ".");
		await run(checkout, "commit");
		await step("post", "post", "-m", "words", url);
		model.objects.delete(addedHash);
		await step("put", "put", url);
		await step("post of a revision", "post", "--rev", "7", "-m", "other", url);
		await step("putobjects", "putobjects", `${url}/objects`);
	} finally {
		await model.close();
		rmSync(checkout, { recursive: true, force: true });
	}
	return recorded;
}

/** Puts requests for objects in order, from the first to the last of them. */
function inOrder(lines: readonly string[]): string[] {
	const isObject = (line: string): boolean => /^\w+ \/repo\/(objects|bytes)\//.test(line);
	const [first, last] = [lines.findIndex(isObject), lines.findLastIndex(isObject) + 1];
	if (first < 0) return [...lines];
	return [...lines.slice(0, first), ...lines.slice(first, last).sort(), ...lines.slice(last)];
}

/** What matters of a request: method, address, type of what is created, and the body; its length has to be announced. */
function describeCall({ method, path, query, headers, body }: DeviceCall): string {
	const address = `${method} ${path}${query.size > 0 ? `?${query}` : ""}`;
	if (method === "GET") return address;
	if (headers["content-length"] !== String(body.length)) return `${address} without its length`;
	if (path.startsWith("/repo/bytes/")) return `${address} ${body.length} bytes`;
	// pvr posts a revision as text, which no server looks at.
	const type = path.endsWith("/post") ? "" : `${headers["content-type"]?.split(";")[0]} `;
	return `${address} ${type}${body}`;
}

/** What pvr says of an object before it sends it, in its order of members. */
function announcement(key: string, object: Buffer): string {
	return JSON.stringify({
		id: "",
		"storage-id": "",
		owner: "",
		objectname: key,
		sha256sum: sha256(object),
		size: String(object.length),
		"mime-type": "application/octet-stream",
		"signed-puturl": "",
		"signed-geturl": "",
		now: "",
		"expire-time": "",
	});
}

function sha256(bytes: Uint8Array): string {
	return createHash("sha256").update(bytes).digest("hex");
}
