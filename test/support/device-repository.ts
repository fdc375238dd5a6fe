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

	#answer({ method, path, headers, body }: DeviceCall): DeviceAnswer {
		const [, hash = ""] = /^\/repo\/(?:objects|bytes)\/([0-9a-f]{64})$/.exec(path) ?? [];
		const stored = this.objects.get(hash);
		const line = `${method} ${path.replace(hash, hash && "SHA")}`;
		switch (line) {
			case "GET /repo/.pvrremote":
				return ok(this.#remote());
			case "GET /repo/json":
				return { status: 200, body: this.state };
			case "PUT /repo/json":
				this.state = body.toString();
				return ok({});
			case "GET /repo/objects/SHA":
				return stored ? ok(this.#describe(hash, stored)) : { status: 404, body: "" };
			case "GET /repo/bytes/SHA":
				return stored ? range(stored, headers.range) : { status: 404, body: "" };
			case "POST /repo/objects/":
				return this.#announce(JSON.parse(body.toString()));
			case "PUT /repo/bytes/SHA":
				if (sha256(body) !== hash) return { status: 422, body: "Object has bad checksum" };
				this.objects.set(hash, body);
				return ok({});
			case "POST /repo/post":
				this.posted.push(body.toString());
				return ok({ rev: -1, revlocal: "locals/posted-1", "state-sha": sha256(body), "trail-id": "0" });
		}
		return { status: 404, body: "" };
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

	#describe(hash: string, stored: Buffer): object {
		const url = `${this.url}/bytes/${hash}`;
		return { sha256sum: hash, size: String(stored.length), objectname: "x", "signed-geturl": url };
	}

	#announce({ sha256sum }: { sha256sum: string }): DeviceAnswer {
		if (this.objects.has(sha256sum)) return { status: 409, body: "{}" };
		return ok({ sha256sum, "signed-puturl": `${this.url}/bytes/${sha256sum}` });
	}
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
