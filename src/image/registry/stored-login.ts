import { followLinks, PendingFile, readFileIfPresent } from "../../ground/files/index.js";
import {
	encodeIndentedJson,
	isJsonObject,
	type JsonObject,
	jsonObject,
	parseJson,
} from "../../ground/json/index.js";
import { isKeyOf, loginHelper, loginKey, parseAuthFile } from "./auth-file.js";
import { tellHelper } from "./credential-helper.js";
import { loginFile } from "./credentials.js";
import { RegistryError } from "./errors.js";
import { type RegistryOptions, settingsFrom } from "./settings.js";

/** Where the credentials of a registry are stored. */
export interface StoredLogin {
	/** The file that contains them, or names the helper. */
	readonly path: string;
	/** Helper `docker-credential-NAME`; absent if the file itself contains them. */
	readonly helper?: string | undefined;
	/** Whether there was anything to remove or replace; unknown for a helper. */
	readonly replaced?: boolean | undefined;
}

/**
 * Stores credentials of a registry where `docker login` would: in the file of `registryConfig`,
 * `REGISTRY_AUTH_FILE` or docker's `config.json`, or with the helper that this file names. All else in the file
 * stays unchanged.
 * @throws RegistryError ERR_REGISTRY_CONFIG for a file that cannot be read, or if there is no place for one;
 *   BytesError.
 */
export async function storeLogin(
	host: string,
	{ username, password }: { readonly username: string; readonly password: string },
	options: RegistryOptions,
): Promise<StoredLogin> {
	const { path, document, helper } = openLoginFile(host, options);
	if (helper !== undefined) {
		const input = JSON.stringify({ ServerURL: helper.server, Username: username, Secret: password });
		await tellHelper(helper, "store", input, settingsFrom(options));
		return { path, helper: `docker-credential-${helper.helper}` };
	}
	const auths = objectMember(document, "auths");
	const replaced = removeKeys(auths, host);
	const auth = Buffer.from(`${username}:${password}`).toString("base64");
	auths.set(loginKey(host), jsonObject({ auth }));
	writeLoginFile(path, document.set("auths", auths));
	return { path, replaced };
}

/** Removes the credentials that `storeLogin` stores. @throws as `storeLogin` */
export async function removeLogin(host: string, options: RegistryOptions): Promise<StoredLogin> {
	const { path, document, helper } = openLoginFile(host, options);
	const auths = objectMember(document, "auths");
	const replaced = removeKeys(auths, host);
	if (replaced) writeLoginFile(path, document.set("auths", auths));
	if (helper === undefined) return { path, replaced };
	await tellHelper(helper, "erase", helper.server, settingsFrom(options));
	return { path, helper: `docker-credential-${helper.helper}` };
}

function openLoginFile(host: string, options: RegistryOptions) {
	const path = loginFile(settingsFrom(options));
	if (path === undefined) {
		const message = "log in: expected a home directory, DOCKER_CONFIG or --registry-config, got none of them";
		throw new RegistryError("ERR_REGISTRY_CONFIG", message);
	}
	const text = Buffer.from(readFileIfPresent(path) ?? []).toString("utf8");
	if (text.trim() === "") return { path, document: jsonObject({}), helper: undefined };
	// The strict parser comes first: its errors contain nothing of the file, which holds secrets.
	const helper = loginHelper(parseAuthFile(text, path), host);
	return { path, document: parseJson(text, path) as JsonObject, helper };
}

/** Removes a registry in all of its spellings, of which the first would count. Returns whether there was any. */
function removeKeys(auths: JsonObject, host: string): boolean {
	const keys = [...auths.keys()].filter((key) => isKeyOf(key, host));
	for (const key of keys) auths.delete(key);
	return keys.length > 0;
}

function objectMember(document: JsonObject, name: string): JsonObject {
	const member = document.get(name);
	return isJsonObject(member) ? member : new Map();
}

/**
 * Writes a file that only its owner can read. If it is a link to a file elsewhere, as for many users, the link
 * stays.
 */
function writeLoginFile(path: string, document: JsonObject): void {
	const file = PendingFile.create(followLinks(path), { mode: 0o600 });
	try {
		file.write(Buffer.from(`${encodeIndentedJson(document, "\t")}\n`), 0);
		file.commit();
	} finally {
		file.discard();
	}
}
