import { RegistryError } from "./errors.js";
import { shown } from "./message.js";
import { NetworkGuard } from "./network-guard.js";
import { sendFollowing } from "./redirect.js";
import { responseError } from "./response.js";
import { type RegistryOptions, settingsFrom } from "./settings.js";
import { Transport } from "./transport.js";

/**
 * A file of an ordinary web server, by the same proxies, certificates and rules of redirection
 * as registries; without credentials but those of the address.
 * @throws RegistryError
 */
export async function* downloadUrl(
	address: string,
	options: RegistryOptions,
	signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
	const { url, headers } = parseAddress(address);
	const settings = settingsFrom(options);
	const transport = new Transport(settings);
	try {
		const request = { method: "GET" as const, url, headers, signal };
		const response = await sendFollowing(transport, new NetworkGuard(transport), request);
		if (response.status !== 200) throw await responseError(response, "download", shown(url.href), settings);
		const announced = Number(response.header("content-length")[0] ?? Number.NaN);
		let received = 0;
		for await (const chunk of response.chunks()) {
			received += chunk.length;
			yield chunk;
		}
		if (received !== announced && !Number.isNaN(announced)) {
			const reason = `expected ${announced} bytes, got ${received}`;
			throw new RegistryError("ERR_REGISTRY_NETWORK", `${shown(url.href)}: download: ${reason}`);
		}
	} finally {
		await transport.close();
	}
}

/** User and password of an address go into a header, and never into a message. */
function parseAddress(address: string): { readonly url: URL; readonly headers: Record<string, string> } {
	const url = new URL(address);
	const { username, password } = url;
	[url.username, url.password, url.hash] = ["", "", ""];
	if (username === "") return { url, headers: {} };
	const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
	return { url, headers: { authorization: `Basic ${Buffer.from(pair, "utf8").toString("base64")}` } };
}
