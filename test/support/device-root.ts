import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

/** Where the runtime's own container image has its parts. */
const RUNTIME = "/usr/bin/pv-appengine";
const SOCKET = "/run/pantavisor/pv/pv-ctrl";
const STORAGE = "/var/pantavisor/storage";

/**
 * Shows a root file system as a machine of its own. What is written goes to a place beside it; /dev and /sys are
 * its own, so that neither the runtime's 1024 nodes of loop devices nor its cgroups reach those of this machine.
 * The runtime tells its callers apart by their cgroup (version 2), so it gets one of its own as the root.
 */
const MACHINE = `
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$PLACE"
cd "$PLACE"
mkdir upper work root storage cgroup
mount -t cgroup2 cgroup2 cgroup
mkdir "cgroup/$CGROUP"
echo 0 > "cgroup/$CGROUP/cgroup.procs"
mount -t overlay overlay -o "lowerdir=$DEVICE_ROOT,upperdir=$PLACE/upper,workdir=$PLACE/work" root
cd root
mkdir -p proc sys dev run tmp .${STORAGE}
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t tmpfs tmpfs dev
mkdir dev/pts dev/shm
for node in null zero full random urandom tty loop-control; do cp -a "/dev/$node" dev/; done
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mount --bind "$PLACE/storage" .${STORAGE}
hostname device
exec unshare --cgroup chroot . ${RUNTIME}
`;

/** Moves a program to the cgroup that is the machine's root: the runtime takes it for one of its own. */
const JOIN = `echo 0 > "$1/sys/fs/cgroup/cgroup.procs"; shift; exec "$@"`;

/** One request to a Unix socket, for a process of the machine: prints the answer's body. */
const REQUEST = `
const [socketPath, method, path, body] = process.argv.slice(1);
const asked = require("node:http").request({ socketPath, method, path }, (response) => {
	process.exitCode = response.statusCode < 300 ? 0 : 1;
	response.pipe(process.stdout);
});
asked.on("error", () => process.exit(2));
asked.end(body);
`;

/** What a program printed and how it ended. */
export interface RootAnswer {
	readonly code: number | null;
	readonly stdout: Buffer;
	readonly stderr: string;
}

/** Pantavisor's runtime in namespaces of its own, from a root file system that stays as it is. */
export class DeviceRoot {
	readonly #place: string;
	readonly #machine: ChildProcess;
	/** What the runtime printed. */
	output = "";

	private constructor(root: string) {
		this.#place = mkdtempSync(join(tmpdir(), "pvpkg-device-"));
		const env = { ...process.env, DEVICE_ROOT: root, PLACE: this.#place, CGROUP: basename(this.#place) };
		const namespaces = ["--mount", "--pid", "--net", "--uts", "--ipc", "--fork", "--kill-child"];
		this.#machine = spawn("unshare", [...namespaces, "sh", "-c", MACHINE], {
			env,
			stdio: ["ignore", "pipe", "pipe"],
		});
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
			await device.until("its control socket", () => device.ask("GET", "/containers").code === 0);
			return device;
		} catch (error) {
			device.close();
			throw error;
		}
	}

	/** Runs a program of the root file system inside. */
	run(command: readonly string[], input?: Uint8Array): RootAnswer {
		return this.#enter(["--all", "--root", "--wd=/"], ["", ...command], input);
	}

	/** Sends one request to the runtime's control socket, as a program inside does. */
	ask(method: string, path: string, body = ""): RootAnswer {
		const inside = `/proc/${this.#init()}/root`;
		const request = [process.execPath, "-e", REQUEST, `${inside}${SOCKET}`, method, path, body];
		return this.#enter(["--pid", "--cgroup"], [inside, ...request]);
	}

	/** The text of a file that a container has written below the storage; undefined while it is not there. */
	stored(name: string): string | undefined {
		const storage = `/proc/${this.#init()}/root${STORAGE}`;
		const { stdout } = spawnSync("find", [storage, "-name", name, "-type", "f"], { encoding: "utf8" });
		const [path] = stdout.split("\n");
		return path ? readFileSync(path, "utf8") : undefined;
	}

	/** Waits for something to come true, five minutes at most. */
	async until(what: string, isTrue: () => boolean): Promise<void> {
		for (let waited = 0; waited < 300_000; waited += 250) {
			if (this.#machine.exitCode !== null) break;
			if (this.#init() !== undefined && isTrue()) return;
			await wait(250);
		}
		throw new Error(`device: waited for ${what} in vain; it printed:\n${this.output.slice(-4000)}`);
	}

	close(): void {
		const loops = this.#loopDevices();
		const init = this.#init();
		this.#machine.kill("SIGKILL");
		while (init !== undefined && isAlive(init)) spawnSync("sleep", ["0.05"]);
		for (const loop of loops) spawnSync("losetup", ["--detach", loop]);
		const clean = `mount -t cgroup2 cgroup2 "$1" && find "$1/$2" -depth -type d -exec rmdir {} ';'`;
		spawnSync("unshare", ["--mount", "sh", "-c", clean, "sh", this.#place, basename(this.#place)]);
		rmSync(this.#place, { recursive: true, force: true });
	}

	/** @param words where the machine's root is in these namespaces, and the command. */
	#enter(namespaces: readonly string[], words: readonly string[], input?: Uint8Array): RootAnswer {
		const init = this.#init();
		if (init === undefined) return { code: null, stdout: Buffer.alloc(0), stderr: "the machine is off" };
		const enter = ["--target", init, ...namespaces, "sh", "-c", JOIN, "sh", ...words];
		const { status, stdout, stderr } = spawnSync("nsenter", enter, {
			...(input && { input }),
			maxBuffer: 1 << 26,
		});
		return { code: status, stdout, stderr: stderr.toString() };
	}

	/** The first process inside, by its number outside. */
	#init(): string | undefined {
		const { pid } = this.#machine;
		try {
			return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ")[0] || undefined;
		} catch {
			return undefined;
		}
	}

	/** Loop devices of files of the machine: they outlive it. */
	#loopDevices(): string[] {
		return readdirSync("/sys/block")
			.filter((name) => backingFile(name)?.startsWith(this.#place))
			.map((name) => `/dev/${name}`);
	}
}

function backingFile(name: string): string | undefined {
	try {
		return readFileSync(`/sys/block/${name}/loop/backing_file`, "utf8");
	} catch {
		return undefined;
	}
}

function isAlive(pid: string): boolean {
	try {
		return process.kill(Number(pid), 0);
	} catch {
		return false;
	}
}
