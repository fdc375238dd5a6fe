import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** Addresses of the far end. The near end has an IPv4 address, and IPv6 only where the link is told to. */
export const FAR_IPV4 = "10.77.0.2";
/** Of the network that documentation uses: nobody answers there. */
export const SILENT_IPV6 = "2001:db8::7";

/**
 * Joins two network namespaces by TUN devices, and carries each packet across after a delay. Prints the process
 * whose network is the near end, then that of the far end; ends with its standard input. Not every kernel has netem.
 */
const RELAY = `
import ctypes, fcntl, heapq, os, select, struct, subprocess, sys, time
delay, with_ipv6 = float(sys.argv[1]) / 2, sys.argv[2] == "ipv6"
libc = ctypes.CDLL(None, use_errno=True)

def end(address, ipv6):
    if libc.unshare(0x40000000) != 0: sys.exit("unshare: " + os.strerror(ctypes.get_errno()))
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, 0x400454ca, struct.pack("16sH", b"link", 0x1001))
    for words in (["link", "set", "dev", "lo", "up"], ["addr", "add", address + "/24", "dev", "link"],
                  ["link", "set", "dev", "link", "up", "mtu", "1500"]):
        subprocess.run(["ip"] + words, check=True)
    if ipv6: subprocess.run(["ip", "-6", "addr", "add", "2001:db8::1/64", "dev", "link", "nodad"], check=True)
    holder = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    return device, holder

far, far_holder = end("10.77.0.2", False)
near, near_holder = end("10.77.0.1", with_ipv6)
print(near_holder.pid, far_holder.pid, flush=True)
queue = []
other = {far: near, near: far}
while True:
    wait = max(0, queue[0][0] - time.monotonic()) if queue else None
    ready, _, _ = select.select([far, near, 0], [], [], wait)
    if 0 in ready and not os.read(0, 1): break
    for device in ready:
        if device == 0: continue
        packet = os.read(device, 65536)
        heapq.heappush(queue, (time.monotonic() + delay, len(queue), device, packet))
    while queue and queue[0][0] <= time.monotonic():
        _, _, device, packet = heapq.heappop(queue)
        try: os.write(other[device], packet)
        except OSError: pass
`;

/** A link between two namespaces of the network, on which a packet takes half of the round trip's time. */
export class SlowLink {
	readonly #relay: ChildProcess;
	readonly #near: string;
	readonly #far: string;

	private constructor(relay: ChildProcess, [near = "", far = ""]: readonly string[]) {
		this.#relay = relay;
		this.#near = near;
		this.#far = far;
	}

	/** @param seconds of a round trip. @param ipv6 whether the near end has a route to SILENT_IPV6. */
	static async open(seconds: number, { ipv6 = false }: { readonly ipv6?: boolean } = {}): Promise<SlowLink> {
		const args = ["-c", RELAY, String(seconds), ipv6 ? "ipv6" : "ipv4"];
		const relay = spawn("python3", args, { stdio: ["pipe", "pipe", "inherit"] });
		const ended = once(relay, "exit").then(() => Promise.reject(new Error("the relay of packets ended")));
		const [line] = await Promise.race([once(createInterface(relay.stdout!), "line"), ended]);
		ended.catch(() => undefined);
		return new SlowLink(relay, String(line).split(" "));
	}

	/** What has to stand before a command that runs at the near end, with other lines in /etc/hosts. */
	near(hostsFile: string): string[] {
		const script = 'mount --bind "$0" /etc/hosts && exec "$@"';
		return ["nsenter", "-n", "-t", this.#near, "unshare", "-m", "sh", "-c", script, hostsFile];
	}

	/** What has to stand before a command that runs at the far end. */
	far(): string[] {
		return ["nsenter", "-n", "-t", this.#far];
	}

	close(): void {
		this.#relay.stdin!.end();
	}
}
