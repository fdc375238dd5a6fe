import { errorCode } from "../../ground/bytes/index.js";
import type { RegistryOptions, WebClient } from "../../image/registry/index.js";
import { RepositoryError } from "./errors.js";

/** How to talk to a server of the user. */
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
	} catch (error) {
		throw errorCode(error) === "ERR_REGISTRY_UNAUTHORIZED" ? accountError(home, error) : error;
	} finally {
		await client.close();
	}
}

function accountError(home: URL, cause: unknown): RepositoryError {
	const reason = "the server wants an account (401 or 403); those of Pantahub are not supported";
	const message = `${home.host}: ${reason}, and --header takes the credentials for a proxy in front of a device`;
	return new RepositoryError("ERR_REPOSITORY_ACCOUNT", message, { cause });
}
