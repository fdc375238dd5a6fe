import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type DeviceAnswer, type DeviceCall, DeviceServer } from "./device-server.js";

/**
 * A small HTTP front of the real pvtx, as pvr-sdk's scripts are one: transactions are local ones, whose objects
 * go to a directory, and a commit deploys the revision into another.
 */
export class PvtxFront {
	readonly server: DeviceServer;
	readonly #directory: string;
	#status = "NEW";

	private constructor(server: DeviceServer, directory: string) {
		this.server = server;
		this.#directory = directory;
	}

	/** @param directory is filled; the running state is `state.json` there. */
	static async start(directory: string, state: string): Promise<PvtxFront> {
		let front: PvtxFront;
		const server = await DeviceServer.start((call) => front.#answer(call));
		front = new PvtxFront(server, directory);
		mkdirSync(join(directory, "objects"));
		writeFileSync(join(directory, "state.json"), state);
		return front;
	}

	get url(): string {
		return this.server.url;
	}

	/** The directory of the revision that was committed. */
	get revision(): string {
		return join(this.#directory, "revision");
	}

	objects(): string[] {
		return readdirSync(join(this.#directory, "objects"));
	}

	close(): Promise<void> {
		return this.server.close();
	}

	#answer(call: DeviceCall): DeviceAnswer {
		switch (`${call.method} ${call.path}`) {
			case "GET /cgi-bin/pvr/.pvrremote":
				return ok(JSON.stringify({ "json-get-url": "json", "objects-endpoint": "objects" }));
			case "GET /cgi-bin/pvr/json":
				return ok(readFileSync(join(this.#directory, "state.json")));
			case "POST /cgi-bin/pvtx/begin":
				return this.#pvtx(
					["begin", join(this.#directory, "state.json"), join(this.#directory, "objects")],
					true,
				);
			case "PUT /cgi-bin/pvtx/add":
				return this.#pvtx(["add", "-"], false, call.body);
			case "GET /cgi-bin/pvtx/show":
				return this.#pvtx(["show"], false);
			case "POST /cgi-bin/pvtx/abort":
				return this.#pvtx(["abort"], false);
			case "POST /cgi-bin/pvtx/commit":
				return this.#commit();
			case "POST /cgi-bin/pvtx/run":
				this.#status = "DONE";
				return ok('{"status": "ok"}');
			case "GET /cgi-bin/pvtx/status":
				return ok(JSON.stringify({ progress: { status: this.#status, "status-msg": "", progress: 100 } }));
		}
		return { status: 404, body: "" };
	}

	#commit(): DeviceAnswer {
		mkdirSync(this.revision, { recursive: true });
		const { status, body } = this.#pvtx(["deploy", this.revision], false);
		return status === 200 ? ok("locals/pvtx-1-2-3\n") : { status, body };
	}

	#pvtx(args: readonly string[], thenShow: boolean, input?: Buffer): DeviceAnswer {
		const env = { ...process.env, PVTXDIR: join(this.#directory, "transaction") };
		const run = (words: readonly string[]) => spawnSync("pvtx", words, { env, ...(input && { input }) });
		const first = run(args);
		if (first.status !== 0) return { status: 400, body: Buffer.concat([first.stdout, first.stderr]) };
		return ok(thenShow ? run(["show"]).stdout : first.stdout);
	}

	remove(): void {
		rmSync(this.#directory, { recursive: true, force: true });
	}
}

function ok(body: string | Buffer): DeviceAnswer {
	return { status: 200, body };
}
