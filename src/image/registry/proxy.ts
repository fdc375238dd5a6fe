import { urlAuthorization } from "./basic.js";
import { RegistryError } from "./errors.js";
import { shown } from "./message.js";
import { bareAddress, blockList, contains, isLoopbackHost } from "./network-address.js";

type Environment = Readonly<Record<string, string | undefined>>;

export interface ProxyServer {
	/** Address without user and password. */
	readonly url: URL;
	/** Value of the header `Proxy-Authorization`. */
	readonly authorization: string | undefined;
}

/**
 * Returns the proxy for an address by HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, upper case before lower.
 * Loopback addresses never use one, as in other container tools.
 * @throws RegistryError ERR_REGISTRY_PROXY when the variable is not an address.
 */
export function proxyFor(target: URL, env: Environment): ProxyServer | undefined {
	const names = target.protocol === "https:" ? ["HTTPS_PROXY", "ALL_PROXY"] : ["HTTP_PROXY", "ALL_PROXY"];
	const name = names.flatMap((upper) => [upper, upper.toLowerCase()]).find((key) => env[key]);
	if (name === undefined || isLoopbackHost(target.hostname)) return undefined;
	if (isExempt(target, env.NO_PROXY || env.no_proxy || "")) return undefined;
	return parseProxy(env[name]!, name);
}

function parseProxy(text: string, name: string): ProxyServer {
	const address = text.includes("://") ? text : `http://${text}`;
	if (!URL.canParse(address) || !/^https?:\/\//i.test(address)) {
		const reason = `expected http://[user:password@]host:port, got "${withoutUser(text)}"`;
		throw new RegistryError("ERR_REGISTRY_PROXY", `${name}: parse proxy: ${reason}`);
	}
	const url = new URL(address);
	return { url: new URL(url.origin), authorization: urlAuthorization(url) };
}

function withoutUser(text: string): string {
	return shown(text.slice(text.lastIndexOf("@") + 1));
}

/**
 * Returns whether a list exempts an address: `*`, `example.com` and `.example.com` (both with all names below),
 * `host:port`, addresses and CIDR.
 */
function isExempt(target: URL, list: string): boolean {
	const host = bareAddress(target.hostname).toLowerCase();
	const port = target.port || (target.protocol === "https:" ? "443" : "80");
	return list
		.toLowerCase()
		.split(/[\s,]+/)
		.filter((entry) => entry !== "")
		.some((entry) => isExemptBy(entry, host, port));
}

function isExemptBy(entry: string, host: string, port: string): boolean {
	if (entry === "*") return true;
	if (contains(blockList([entry]), host)) return true;
	const [whole, entryPort] = /:(\d+)$/.exec(entry) ?? [""];
	if (entryPort !== undefined && entryPort !== port) return false;
	const name = entry.slice(0, entry.length - whole.length);
	const suffix = bareAddress(name).replace(/^\*?\./, "");
	return suffix !== "" && (host === suffix || host.endsWith(`.${suffix}`));
}
