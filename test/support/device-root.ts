import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

/** Where the runtime's own container image has its parts. */
const RUNTIME = "/usr/bin/pv-appengine";
const SOCKET = "/run/pantavisor/pv/pv-ctrl";
const STORAGE = "/var/pantavisor/storage";

/** Shows a root file system as a machine of its own: what is written goes to a place beside it. */
const MACHINE = `
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$PLACE"
mkdir "$PLACE/upper" "$PLACE/work" "$PLACE/root" "$PLACE/storage"
mount -t overlay overlay -o "lowerdir=$DEVICE_ROOT,upperdir=$PLACE/upper,workdir=$PLACE/work" "$PLACE/root"
cd "$PLACE/root"
mkdir -p proc sys dev run tmp .${STORAGE}
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mount --bind "$PLACE/storage" .${STORAGE}
hostname device
exec chroot . ${RUNTIME}
`;

/** Pantavisor's runtime in namespaces of its own, from a root file system that stays as it is. */
export class DeviceRoot {
	readonly #place: string;
	readonly #machine: ChildProcess;
	/** What the runtime printed. */
	output = "";

	private constructor(root: string) {
		this.#place = mkdtempSync(join(tmpdir(), "pvpkg-device-"));
		this.#machine = spawn(
			"unshare",
			["--mount", "--pid", "--net", "--uts", "--ipc", "--fork", "--kill-child", "sh", "-c", MACHINE],
			{ env: { ...process.env, DEVICE_ROOT: root, PLACE: this.#place }, stdio: ["ignore", "pipe", "pipe"] },
		);
		for (const stream of [this.#machine.stdout!, this.#machine.stderr!]) {
			stream.on("data", (chunk) => {
				this.output += chunk;
			});
		}
	}

	/** Starts it, and waits until it answers. @throws Error with what it printed. */
	static async start(root: string): Promise<DeviceRoot> {
		const device = new DeviceRoot(root);
		try {
			await device.until(
				"its control socket",
				async () => (await device.ask("GET", "/containers")) !== undefined,
			);
			return device;
		} catch (error) {
			device.close();
			throw error;
		}
	}

	/** Runs a program inside. @throws Error with what it printed. */
	run(...command: readonly string[]): string {
		const enter = ["--target", this.#init(), "--all", "--root", "--wd=/"];
		const { status, stdout, stderr } = spawnSync("nsenter", [...enter, ...command], { encoding: "utf8" });
		if (status !== 0) throw new Error(`device: ${command.join(" ")}: exit ${status}\n${stdout}${stderr}`);
		return stdout;
	}

	/** Copies a file in, and returns its path there. */
	bring(path: string, name: string): string {
		mkdirSync(this.#inside("/tmp"), { recursive: true });
		copyFileSync(path, this.#inside(`/tmp/${name}`));
		return `/tmp/${name}`;
	}

	/** One request to the runtime's control socket; undefined while nobody answers. */
	ask(method: string, path: string, body?: string): Promise<unknown> {
		return new Promise((resolve) => {
			if (!existsSync(this.#inside(SOCKET))) return resolve(undefined);
			const asked = request({ socketPath: this.#inside(SOCKET), method, path }, (response) => {
				let text = "";
				response.on("data", (chunk) => {
					text += chunk;
				});
				response.on("end", () => resolve(parse(text)));
			});
			asked.on("error", () => resolve(undefined));
			asked.end(body);
		});
	}

	/** The text of a file that a container has written below the storage; undefined while it is not there. */
	stored(name: string): string | undefined {
		const { stdout } = spawnSync("find", [this.#inside(STORAGE), "-name", name, "-type", "f"], {
			encoding: "utf8",
		});
		const [path] = stdout.split("\n");
		return path ? readFileSync(path, "utf8") : undefined;
	}

	/** Waits for something to come true, a minute at most. */
	async until(what: string, isTrue: () => Promise<boolean> | boolean): Promise<void> {
		for (let waited = 0; waited < 60_000; waited += 250) {
			if (await isTrue()) return;
			if (this.#machine.exitCode !== null) break;
			await wait(250);
		}
		throw new Error(`device: waited for ${what} in vain; it printed:\n${this.output.slice(-4000)}`);
	}

	close(): void {
		this.#machine.kill("SIGKILL");
		rmSync(this.#place, { recursive: true, force: true });
	}

	/** The first process inside, by its number outside. */
	#init(): string {
		const { pid } = this.#machine;
		return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ")[0]!;
	}

	#inside(path: string): string {
		return `/proc/${this.#init()}/root${path}`;
	}
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}
