import { isIPv6 } from "node:net";

/** Position of an IPv4 address in IPv6 addresses with a prefix, in groups of 16 bits. */
const EMBEDDINGS: readonly { readonly prefix: readonly number[]; readonly at: number }[] = [
	/** IPv4-compatible (RFC 4291 2.5.5.1) and IPv4-mapped. */
	{ prefix: [0, 0, 0, 0, 0, 0], at: 6 },
	{ prefix: [0, 0, 0, 0, 0, 0xffff], at: 6 },
	/** IPv4-translated (RFC 2765). */
	{ prefix: [0, 0, 0, 0, 0xffff, 0], at: 6 },
	/** NAT64: the well-known prefix (RFC 6052), and the local one (RFC 8215). */
	{ prefix: [0x64, 0xff9b, 0, 0, 0, 0], at: 6 },
	{ prefix: [0x64, 0xff9b, 1], at: 6 },
	/** 6to4 (RFC 3056). */
	{ prefix: [0x2002], at: 1 },
];

/** Returns the IPv4 address at which packets for an IPv6 address arrive, if it contains one. */
export function embeddedIPv4(address: string): string | undefined {
	if (!isIPv6(address)) return undefined;
	const groups = ipv6Groups(address);
	const found = EMBEDDINGS.find(({ prefix }) => prefix.every((group, at) => groups[at] === group));
	if (found === undefined) return undefined;
	const [high, low] = [groups[found.at]!, groups[found.at + 1]!];
	// `::` and `::1` are not IPv4 addresses.
	if (found.prefix.length === 6 && found.prefix[5] === 0 && found.prefix[0] === 0 && high === 0 && low <= 1) {
		return undefined;
	}
	return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

/** Returns the eight groups of a valid address. */
function ipv6Groups(address: string): number[] {
	const [bare = ""] = address.split("%", 1);
	const [head = "", tail] = bare.split("::", 2);
	const [before, after] = [groupsOf(head), groupsOf(tail ?? "")];
	const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
	return [...before, ...Array<number>(zeros).fill(0), ...after];
}

/** Returns the groups of a string such as `ffff:127.0.0.1`. */
function groupsOf(text: string): number[] {
	return text
		.split(":")
		.filter((part) => part !== "")
		.flatMap((part) => {
			if (!part.includes(".")) return [Number.parseInt(part, 16)];
			const [a = 0, b = 0, c = 0, d = 0] = part.split(".").map(Number);
			return [(a << 8) | b, (c << 8) | d];
		});
}
