import { BlockList, isIP } from "node:net";
import { embeddedIPv4 } from "./embedded-address.js";

/** The kind of network of an address. */
export type AddressClass = "public" | "private" | "loopback" | "link-local";

const LOOPBACK = blockList(["127.0.0.0/8", "::1/128"]);
/** Link-local addresses, and metadata services that clouds have at other addresses. */
const LINK_LOCAL = blockList([
	"169.254.0.0/16",
	"fe80::/10",
	"0.0.0.0/8",
	"::/128",
	"192.0.0.192/32",
	"100.100.100.200/32",
	"168.63.129.16/32",
	"fd00:ec2::254/128",
	"fd20:ce::254/128",
]);
const PRIVATE = blockList([
	"10.0.0.0/8",
	"172.16.0.0/12",
	"192.168.0.0/16",
	"100.64.0.0/10",
	"192.0.0.0/24",
	"198.18.0.0/15",
	"224.0.0.0/4",
	"240.0.0.0/4",
	"fc00::/7",
	"fec0::/10",
	"ff00::/8",
]);

/** Returns a list of networks and addresses, such as `10.0.0.0/8` and `::1`. Other strings are ignored. */
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

/** Returns whether a list contains an address; an IPv4 address inside of IPv6 counts as IPv4. */
export function contains(list: BlockList, address: string): boolean {
	const family = isIP(address);
	return family !== 0 && list.check(address, family === 4 ? "ipv4" : "ipv6");
}

/** Returns the class of an address (`10.0.0.1`, `::1`, `[::1]`); names that are not addresses are public. */
export function classifyAddress(host: string): AddressClass {
	const address = bareAddress(host);
	if (isIP(address) === 0) return isLocalName(address) ? "loopback" : "public";
	const [own, inner] = [classOf(address), embeddedIPv4(address)];
	return own === "public" && inner !== undefined ? classOf(inner) : own;
}

function classOf(address: string): AddressClass {
	if (contains(LOOPBACK, address)) return "loopback";
	if (contains(LINK_LOCAL, address)) return "link-local";
	return contains(PRIVATE, address) ? "private" : "public";
}

/** Returns whether a host is an address, not a name. */
export function isAddress(host: string): boolean {
	return isIP(bareAddress(host)) !== 0;
}

/** Returns whether a host is `localhost`, `127.0.0.1`, `[::1]` and so on, by its name alone. */
export function isLoopbackHost(hostname: string): boolean {
	return classifyAddress(hostname) === "loopback";
}

/** Removes the brackets: `[::1]` → `::1`. */
export function bareAddress(host: string): string {
	return host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
}

function isLocalName(host: string): boolean {
	return host === "localhost" || host.endsWith(".localhost");
}
