import type { RegistryOptions, WebClient } from "../../image/registry/index.js";

/** How a server of a user is talked to. */
export interface ServerOptions extends RegistryOptions {
	/** Sent with every request to the server itself, such as what a proxy in front of a device wants. */
	readonly headers?: Readonly<Record<string, string>> | undefined;
	readonly signal?: AbortSignal | undefined;
}

/** Opens a client for as long as `use` takes; the HTTP code is loaded only here. */
export async function withServer<T>(
	home: URL,
	options: ServerOptions,
	use: (client: WebClient) => Promise<T>,
): Promise<T> {
	const { WebClient: Client } = await import("../../image/registry/index.js");
	const client = new Client(home, options, options.headers);
	try {
		return await use(client);
	} finally {
		await client.close();
	}
}
