import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { importPackage } from "./device-importer.js";
import { answerObjects } from "./device-repository.js";
import { type DeviceAnswer, type DeviceCall, DeviceServer } from "./device-server.js";

/** What a device says about a revision, one after the other. */
export interface ModelStep {
	readonly status: string;
	readonly message?: string;
	readonly progress?: number;
}

const EMPTY = '{"#spec":"pantavisor-service-system@1"}';
const GOOD: readonly ModelStep[] = [
	{ status: "INPROGRESS", message: "Starting updated version", progress: 50 },
	{ status: "TESTING", message: "Awaiting to see if update is stable", progress: 95 },
	{ status: "DONE", message: "Update finished, revision set as rollback point", progress: 100 },
];

/**
 * A device with pvr-sdk's web server: pvtx's transaction, the importer, and a small pv-ctrl behind it that
 * refuses bad checksums and, where it is told to, states. Written after the documentation of both, apart from
 * the client's code.
 */
export class DeviceModel {
	readonly server: DeviceServer;
	/** The text of the state that runs. */
	state: string;
	readonly objects: Map<string, Buffer>;
	/** Texts of the committed revisions, by their name. */
	readonly revisions: Map<string, string> = new Map();
	/** Bodies of the revisions that came by pvr's protocol. */
	readonly posted: string[] = [];
	/** The text of the open transaction. */
	transaction: string | undefined;
	/** What comes of running the next revision. */
	steps: readonly ModelStep[] = GOOD;
	/** Says why the device refuses a state; undefined for one that it takes. */
	refuse: (state: Record<string, unknown>) => string | undefined = () => undefined;
	/** Loses the transaction after the next package was added, as a restart does. */
	restartAfterAdd = false;
	/** The next requests find no device after `run`. */
	downAfterRun = 0;
	/** The next requests find no device after it gave a revision up: it restarts to go back. */
	downAfterFailure = 0;
	/** The text of the state to which it goes back; that which it ran before, unless an update took no restart. */
	rollbackPoint: string | undefined;
	logs = "pantavisor: all is well\n";
	/** The revision that was run last, with the text of the state before it. */
	#running: { revision: string; left: ModelStep[]; former: string } | undefined;
	#count = 0;

	private constructor(server: DeviceServer, state: string, objects: Map<string, Buffer>) {
		this.server = server;
		this.state = state;
		this.objects = objects;
	}

	/** @param state canonical text. */
	static async start(state: string = EMPTY, objects: Iterable<Uint8Array> = []): Promise<DeviceModel> {
		let model: DeviceModel;
		const server = await DeviceServer.start((call) => model.#answer(call));
		model = new DeviceModel(server, state, new Map([...objects].map((o) => [sha256(o), Buffer.from(o)])));
		return model;
	}

	get url(): string {
		return this.server.url;
	}

	async close(): Promise<void> {
		await this.server.close();
	}

	#answer(call: DeviceCall): DeviceAnswer {
		const line = `${call.method} ${call.path}`;
		switch (line) {
			case "POST /cgi-bin/pvtx/begin":
				return this.#begin(call.query.get("empty") === "true");
			case "PUT /cgi-bin/pvtx/add":
				return this.#add(call.body);
			case "GET /cgi-bin/pvtx/show":
				return this.transaction === undefined ? NONE : ok(this.transaction);
			case "POST /cgi-bin/pvtx/commit":
				return this.#commit();
			case "POST /cgi-bin/pvtx/abort":
				if (this.transaction === undefined) return NONE;
				this.transaction = undefined;
				return ok('{"status": "ok"}');
			case "POST /cgi-bin/pvtx/run":
				return this.#run(call.query.get("rev") ?? "");
			case "GET /cgi-bin/pvtx/status":
				return this.#status(call.query.get("rev") ?? "");
			case "GET /cgi-bin/logs":
				return ok(this.logs);
			case "GET /cgi-bin/pvr/.pvrremote":
				return ok(JSON.stringify(this.#remote()));
			case "GET /cgi-bin/pvr/json":
				return ok(this.state);
			case "GET /cgi-bin/pv-ctrl/containers":
				return ok('[{"name":"web","group":"app","status":"STARTED"}]');
		}
		return answerObjects(call, this.#pvr) ?? { status: 404, body: "not found" };
	}

	#remote(): Record<string, unknown> {
		const base = `${this.url}/cgi-bin/pvr`;
		return {
			"pvr-spec": "1",
			"json-get-url": `${base}/json`,
			"json-key": "post",
			"objects-endpoint": `${base}/objects`,
			"post-url": `${base}/post`,
			"post-fields": ["commit-msg"],
			"post-fields-opt": ["rev"],
		};
	}

	/** Where pvr's protocol finds objects and leaves revisions. */
	get #pvr() {
		return { url: `${this.url}/cgi-bin/pvr`, objects: this.objects, posted: this.posted };
	}

	#begin(empty: boolean): DeviceAnswer {
		if (this.transaction !== undefined) return bad("a transaction is already in progress");
		this.transaction = empty ? EMPTY : this.state;
		return ok(this.transaction);
	}

	#add(body: Buffer): DeviceAnswer {
		if (this.transaction === undefined) return bad("no active transaction. Start a transaction first.");
		let incoming: string | undefined;
		for (const [name, bytes] of tarMembers(gunzipSync(body))) {
			if (name === "json") incoming = bytes.toString();
			const [, hash] = /^objects\/([0-9a-f]{64})$/.exec(name) ?? [];
			if (hash === undefined) continue;
			if (sha256(bytes) !== hash) return bad("422 Unprocessable Entity\nResponse: Object has bad checksum");
			this.objects.set(hash, Buffer.from(bytes));
		}
		if (incoming === undefined) return bad("couldn't load incoming json");
		this.transaction = importPackage(this.transaction, incoming);
		if (this.restartAfterAdd) this.transaction = undefined;
		return ok('{"status": "ok"}');
	}

	#commit(): DeviceAnswer {
		if (this.transaction === undefined) return NONE;
		const state = JSON.parse(this.transaction) as Record<string, unknown>;
		const missing = Object.values(state).find(
			(value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value) && !this.objects.has(value),
		);
		const reason = missing === undefined ? this.refuse(state) : `object ${missing} is missing`;
		if (reason !== undefined) return bad(`failed to upload revision: 422: ${reason}`);
		const name = `locals/pvtx-1721068626-${sha256(this.transaction).slice(0, 8)}-${++this.#count}`;
		this.revisions.set(name, this.transaction);
		this.transaction = undefined;
		return ok(`${name}\n`);
	}

	#run(revision: string): DeviceAnswer {
		if (!this.revisions.has(revision)) return bad(`no such revision: ${revision}`);
		this.#running = { revision, left: [...this.steps], former: this.state };
		this.server.down = this.downAfterRun;
		return ok('{"status": "ok"}');
	}

	#status(revision: string): DeviceAnswer {
		if (this.#running?.revision !== revision) {
			return ok(
				JSON.stringify({
					progress: { status: "NEW", "status-msg": "", progress: 0, data: "0" },
					rev: revision,
				}),
			);
		}
		const { left, former } = this.#running;
		const step = left.length > 1 ? left.shift()! : left[0]!;
		const isGivenUp = /^(ERROR|WONTGO)$/.test(step.status);
		if (isGivenUp && this.state !== former) this.server.down = this.downAfterFailure;
		this.state = isGivenUp ? (this.rollbackPoint ?? former) : this.revisions.get(revision)!;
		const { status, message = "", progress = 0 } = step;
		return ok(
			JSON.stringify({ progress: { status, "status-msg": message, progress, data: "0" }, rev: revision }),
		);
	}
}

const NONE: DeviceAnswer = { status: 400, body: '{"error":"No active transaction.","transaction":null}' };

function ok(body: string): DeviceAnswer {
	return { status: 200, body };
}

function bad(error: string): DeviceAnswer {
	return { status: 400, body: JSON.stringify({ error }) };
}

function sha256(bytes: Uint8Array | string): string {
	return createHash("sha256").update(bytes).digest("hex");
}

/** As the importer reads them: a name of 100 bytes and an octal size. */
function* tarMembers(archive: Buffer): Generator<[name: string, bytes: Buffer]> {
	for (let at = 0; at + 512 <= archive.length && archive[at] !== 0; ) {
		const name = archive.toString("latin1", at, at + 100).split("\0", 1)[0]!;
		const size = Number.parseInt(archive.toString("latin1", at + 124, at + 136), 8);
		yield [name, archive.subarray(at + 512, at + 512 + size)];
		at += 512 + Math.ceil(size / 512) * 512;
	}
}
