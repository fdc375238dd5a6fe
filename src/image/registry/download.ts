import { urlAuthorization } from "./basic.js";
import { RegistryError } from "./errors.js";
import { shownUrl } from "./message.js";
import { NetworkGuard } from "./network-guard.js";
import { sendFollowing } from "./redirect.js";
import { responseError } from "./response.js";
import { withRetries } from "./retry.js";
import { type RegistryOptions, settingsFrom } from "./settings.js";
import { type HttpRequest, Transport } from "./transport.js";

/**
 * Streams a file of an ordinary web server, with the same proxies, certificates and rules for redirects as
 * registries, and without credentials except those of the address.
 * @throws RegistryError
 */
export async function* downloadUrl(
	address: string,
	options: RegistryOptions,
	signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
	const request: HttpRequest = { method: "GET", ...parseAddress(address), signal };
	const subject = shownUrl(request.url);
	const settings = settingsFrom(options);
	const transport = new Transport(settings);
	try {
		const response = await withRetries(settings, signal, async () => {
			const answer = await sendFollowing(transport, new NetworkGuard(transport), request);
			if (answer.status !== 200) throw await responseError(answer, { action: "download", subject }, settings);
			return answer;
		});
		const announced = Number(response.header("content-length")[0] ?? Number.NaN);
		let received = 0;
		for await (const chunk of response.chunks()) {
			received += chunk.length;
			yield chunk;
		}
		if (received !== announced && !Number.isNaN(announced)) {
			const reason = `expected ${announced} bytes, got ${received}`;
			throw new RegistryError("ERR_REGISTRY_NETWORK", `${subject}: download: ${reason}`);
		}
	} finally {
		await transport.close();
	}
}

/** Parses an address. Its user and password go into a header, and never into a message. */
function parseAddress(address: string): Pick<HttpRequest, "url" | "headers"> {
	const url = new URL(address);
	const authorization = urlAuthorization(url);
	[url.username, url.password, url.hash] = ["", "", ""];
	return { url, headers: authorization === undefined ? {} : { authorization } };
}
