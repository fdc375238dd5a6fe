import { createHash } from "node:crypto";
import { type DeviceAnswer, type DeviceCall, DeviceServer } from "./device-server.js";

/** A server that speaks pvr's protocol, as a device or a static host does: written after its description alone. */
export class RepositoryModel {
	readonly server: DeviceServer;
	/** Text of the state. */
	state: string;
	readonly objects: Map<string, Buffer>;
	/** Bodies of posted revisions. */
	readonly posted: string[] = [];

	private constructor(server: DeviceServer, state: string, objects: Map<string, Buffer>) {
		this.server = server;
		this.state = state;
		this.objects = objects;
	}

	static async start(state: string, objects: Iterable<Uint8Array> = []): Promise<RepositoryModel> {
		let model: RepositoryModel;
		const server = await DeviceServer.start((call) => model.#answer(call));
		model = new RepositoryModel(server, state, new Map([...objects].map((o) => [sha256(o), Buffer.from(o)])));
		return model;
	}

	/** `http://127.0.0.1:PORT/repo` */
	get url(): string {
		return `${this.server.url}/repo`;
	}

	async close(): Promise<void> {
		await this.server.close();
	}

	#answer(call: DeviceCall): DeviceAnswer {
		switch (`${call.method} ${call.path}`) {
			case "GET /repo/.pvrremote":
				return ok(this.#remote());
			case "GET /repo/json":
				return { status: 200, body: this.state };
			case "PUT /repo/json":
				this.state = call.body.toString();
				return ok({});
		}
		return answerObjects(call, this) ?? { status: 404, body: "" };
	}

	#remote(): object {
		return {
			"pvr-spec": "1",
			"json-get-url": `${this.url}/json`,
			"json-key": "state",
			"objects-endpoint": `${this.url}/objects`,
			"post-url": `${this.url}/post`,
			"post-fields": ["commit-msg"],
			"post-fields-opt": ["rev"],
		};
	}
}

/** Objects and posted revisions, below an address. */
interface ObjectPlace {
	readonly url: string;
	readonly objects: Map<string, Buffer>;
	readonly posted: string[];
}

/** Answers for the objects and posts of pvr's protocol; undefined for every other request. */
export function answerObjects(
	{ method, path, headers, body }: DeviceCall,
	{ url, objects, posted }: ObjectPlace,
): DeviceAnswer | undefined {
	const below = path.replace(new URL(url).pathname, "");
	const [, hash = ""] = /^\/(?:objects|bytes)\/([0-9a-f]{64})$/.exec(below) ?? [];
	const stored = objects.get(hash);
	const address = `${url}/bytes/${hash}`;
	switch (`${method} ${below.replace(hash, hash && "SHA")}`) {
		case "GET /objects/SHA":
			if (stored === undefined) return undefined;
			return ok({
				sha256sum: hash,
				size: String(stored.length),
				objectname: "x",
				"signed-geturl": address,
			});
		case "GET /bytes/SHA":
			return stored && range(stored, headers.range);
		case "POST /objects/": {
			const { sha256sum } = JSON.parse(body.toString()) as { sha256sum: string };
			const announced = { sha256sum, "signed-puturl": `${url}/bytes/${sha256sum}` };
			return { ...ok(announced), status: objects.has(sha256sum) ? 409 : 200 };
		}
		case "PUT /bytes/SHA":
			if (sha256(body) !== hash) return { status: 422, body: "Object has bad checksum" };
			objects.set(hash, body);
			return ok({});
		case "POST /post":
			posted.push(body.toString());
			return ok({ rev: -1, revlocal: "locals/posted-1", "state-sha": sha256(body), "trail-id": "0" });
	}
	return undefined;
}

function ok(value: object): DeviceAnswer {
	return { status: 200, body: JSON.stringify(value) };
}

function range(stored: Buffer, header: string | undefined): DeviceAnswer {
	const from = Number(/^bytes=(\d+)-$/.exec(header ?? "")?.[1] ?? 0);
	if (from === 0) return { status: 200, body: stored };
	const headers = { "content-range": `bytes ${from}-${stored.length - 1}/${stored.length}` };
	return { status: 206, body: stored.subarray(from), headers };
}

function sha256(bytes: Uint8Array | string): string {
	return createHash("sha256").update(bytes).digest("hex");
}
