import type { DeviceRoot, RootAnswer } from "./device-root.js";
import { type DeviceAnswer, type DeviceCall, DeviceServer } from "./device-server.js";

/**
 * The web server of pvr-sdk in front of a running Pantavisor: transactions are those of its pvtx, everything else
 * are requests to its control socket.
 */
export class DeviceFront {
	readonly server: DeviceServer;
	readonly #device: DeviceRoot;

	private constructor(server: DeviceServer, device: DeviceRoot) {
		this.server = server;
		this.#device = device;
	}

	static async start(device: DeviceRoot): Promise<DeviceFront> {
		let front: DeviceFront;
		const server = await DeviceServer.start((call) => front.#answer(call));
		front = new DeviceFront(server, device);
		return front;
	}

	get url(): string {
		return this.server.url;
	}

	close(): Promise<void> {
		return this.server.close();
	}

	#answer({ method, path, query, body }: DeviceCall): DeviceAnswer {
		const revision = query.get("rev") ?? "";
		switch (`${method} ${path}`) {
			case "GET /cgi-bin/pvr/.pvrremote":
				return answer(200, JSON.stringify({ "json-get-url": "json", "objects-endpoint": "objects" }));
			case "GET /cgi-bin/pvr/json":
				return this.#asked("GET", "/steps/current");
			case "GET /cgi-bin/pv-ctrl/containers":
				return this.#asked("GET", "/containers");
			case "POST /cgi-bin/pvtx/begin": {
				const base = query.get("empty") === "true" ? "empty" : "current";
				const begun = this.#pvtx("begin", base);
				return begun.status === 200 ? this.#pvtx("show") : begun;
			}
			case "PUT /cgi-bin/pvtx/add":
				return answerOf(this.#device.run(["pvtx", "add", "-"], body));
			case "GET /cgi-bin/pvtx/show":
			case "POST /cgi-bin/pvtx/abort":
			case "POST /cgi-bin/pvtx/commit":
				return this.#pvtx(path.slice("/cgi-bin/pvtx/".length));
			case "POST /cgi-bin/pvtx/run":
				return this.#asked("POST", "/commands", JSON.stringify({ op: "LOCAL_RUN", payload: revision }));
			case "GET /cgi-bin/pvtx/status":
				return this.#asked("GET", `/steps/${revision}/progress`);
			case "GET /cgi-bin/logs":
				return answerOf(this.#device.run(["sh", "-c", LOGS, "sh", revision, query.get("tailn") ?? "1000"]));
		}
		return answer(404, "not found");
	}

	#pvtx(...words: readonly string[]): DeviceAnswer {
		return answerOf(this.#device.run(["pvtx", ...words]));
	}

	#asked(method: string, path: string, body?: string): DeviceAnswer {
		return answerOf(this.#device.ask(method, path, body));
	}
}

/** The last lines of Pantavisor's own log of a revision. */
const LOGS = `tail -n "$2" "/var/pantavisor/storage/logs/$1/pantavisor/pantavisor.log"`;

/** Whatever fails is a bad request, as in pvr-sdk's scripts. */
function answerOf({ code, stdout, stderr }: RootAnswer): DeviceAnswer {
	return code === 0 ? answer(200, stdout) : answer(400, Buffer.concat([stdout, Buffer.from(stderr)]));
}

function answer(status: number, body: string | Buffer): DeviceAnswer {
	return { status, body };
}
