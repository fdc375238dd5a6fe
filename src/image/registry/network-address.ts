import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";

/** What kind of network an address belongs to. */
export type AddressClass = "public" | "private" | "loopback" | "link-local";

const LOOPBACK = blockList(["127.0.0.0/8", "::1/128"]);
const LINK_LOCAL = blockList(["169.254.0.0/16", "fe80::/10", "0.0.0.0/8", "::/128", "fd00:ec2::254/128"]);
const PRIVATE = blockList([
	"10.0.0.0/8",
	"172.16.0.0/12",
	"192.168.0.0/16",
	"100.64.0.0/10",
	"198.18.0.0/15",
	"224.0.0.0/4",
	"240.0.0.0/4",
	"fc00::/7",
	"fec0::/10",
	"ff00::/8",
]);

/** `10.0.0.0/8`, `::1` → a list that `check`s addresses. Text that is neither is ignored. */
export function blockList(subnets: readonly string[]): BlockList {
	const list = new BlockList();
	for (const subnet of subnets) {
		const [address, prefix] = subnet.split("/");
		const family = isIP(address!);
		const longest = family === 4 ? 32 : 128;
		const bits = prefix === undefined ? longest : /^\d+$/.test(prefix) ? Number(prefix) : Number.NaN;
		if (family === 0 || !(bits <= longest)) continue;
		list.addSubnet(address!, bits, family === 4 ? "ipv4" : "ipv6");
	}
	return list;
}

/** Whether a list holds an address; an IPv4 address inside IPv6 counts as what it is. */
export function contains(list: BlockList, address: string): boolean {
	const family = isIP(address);
	return family !== 0 && list.check(address, family === 4 ? "ipv4" : "ipv6");
}

/** The class of an address (`10.0.0.1`, `::1`, `[::1]`); names that are no address are public. */
export function classifyAddress(host: string): AddressClass {
	const address = bareAddress(host);
	if (isIP(address) === 0) return isLocalName(address) ? "loopback" : "public";
	if (contains(LOOPBACK, address)) return "loopback";
	if (contains(LINK_LOCAL, address)) return "link-local";
	return contains(PRIVATE, address) ? "private" : "public";
}

/** `localhost`, `127.0.0.1`, `[::1]`, by name alone. */
export function isLoopbackHost(hostname: string): boolean {
	return classifyAddress(hostname) === "loopback";
}

/**
 * The classes of all addresses behind a host name; of a name that cannot be resolved, public:
 * then nothing can be reached there either.
 */
export async function classifyHost(hostname: string): Promise<AddressClass[]> {
	const known = classifyAddress(hostname);
	if (known !== "public" || isIP(bareAddress(hostname)) !== 0) return [known];
	try {
		const addresses = await lookup(hostname, { all: true });
		return addresses.map(({ address }) => classifyAddress(address));
	} catch {
		return ["public"];
	}
}

/** `[::1]` → `::1` */
export function bareAddress(host: string): string {
	return host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
}

function isLocalName(host: string): boolean {
	return host === "localhost" || host.endsWith(".localhost");
}
