import type { TemplateArguments } from "../source/index.js";
import { PantavisorError } from "../state/index.js";
import { type ConfigLine, line } from "./config-line.js";

/** Arguments that write `lxc.net` lines; a container in a network pool must not have any. */
const OWN_NETWORK = [
	"PV_LXC_NETWORK_TYPE",
	"PV_LXC_NETWORK_LINK",
	"PV_LXC_NETWORK_IPV4_ADDRESS",
	"PV_LXC_NETWORK_IPV4_GATEWAY",
];

/** Returns the network lines (docs/formats/pvr.md#network). Other types only leave the host's namespace (11c). */
export function networkLines(args: TemplateArguments): ConfigLine[] {
	refusePoolBesideOwnNetwork(args);
	const type = args.text("PV_LXC_NETWORK_TYPE");
	const typeLine = line(`lxc.net.0.type = ${type}`, "args.PV_LXC_NETWORK_TYPE");
	if (type === "empty") return [typeLine];
	if (type === "phys") return [typeLine, linkLine(args)];
	if (type !== "veth") return [];
	return [
		typeLine,
		line("lxc.net.0.link = lxcbr0", "args.PV_LXC_NETWORK_TYPE"),
		line("lxc.net.0.flags = up", "args.PV_LXC_NETWORK_TYPE"),
		...addressLines(args),
	];
}

/** Returns the link, without a space after the equals sign: liblxc accepts it, and pvr writes these bytes. */
function linkLine(args: TemplateArguments): ConfigLine {
	const link = args.givenScalar("PV_LXC_NETWORK_LINK");
	if (link === undefined) {
		throw new PantavisorError(
			"ERR_ARGUMENT",
			"PV_LXC_NETWORK_LINK: render: expected the interface for PV_LXC_NETWORK_TYPE phys, got nothing",
		);
	}
	return line(`lxc.net.0.link =${link}`, "args.PV_LXC_NETWORK_LINK");
}

function addressLines(args: TemplateArguments): ConfigLine[] {
	const address = args.givenScalar("PV_LXC_NETWORK_IPV4_ADDRESS");
	if (address === undefined) return [];
	const gateway = args.givenScalar("PV_LXC_NETWORK_IPV4_GATEWAY");
	return [
		line(`lxc.net.0.ipv4.address = ${address}`, "args.PV_LXC_NETWORK_IPV4_ADDRESS"),
		line(
			`lxc.net.0.ipv4.gateway = ${gateway ?? "auto"}`,
			gateway === undefined ? "default" : "args.PV_LXC_NETWORK_IPV4_GATEWAY",
		),
	];
}

/** Refuses a pool together with a network of the container's own: the device would not start the container. */
function refusePoolBesideOwnNetwork(args: TemplateArguments): void {
	if (!args.has("PV_NETWORK_POOL")) return;
	const own = OWN_NETWORK.find((name) => args.has(name));
	const extra = /^[ \t]*lxc\.net\./m.test(args.text("PV_LXC_EXTRA_CONF") ?? "")
		? "PV_LXC_EXTRA_CONF"
		: undefined;
	const other = own ?? extra;
	if (other === undefined) return;
	throw new PantavisorError(
		"ERR_ARGUMENT",
		`PV_NETWORK_POOL: render: excludes ${other}, expected a pool or an own network, got both`,
	);
}
