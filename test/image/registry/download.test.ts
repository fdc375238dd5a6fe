import { afterEach, expect, test } from "vitest";
import { downloadUrl, type RegistryOptions } from "../../../src/image/registry/index.js";
import { answerError, redirect } from "../../support/registry.js";
import { closeAll, failure, PATIENCE, startRegistry } from "../../support/registry-client.js";

afterEach(closeAll);

const content = Buffer.from("a file");
const patient: RegistryOptions = { timeout: PATIENCE, sleep: async () => {} };

async function download(address: string, options = patient): Promise<Buffer> {
	const chunks: Uint8Array[] = [];
	for await (const chunk of downloadUrl(address, options)) chunks.push(chunk);
	return Buffer.concat(chunks);
}

test("user and password of the address go into a header, not to where it redirects", async () => {
	const [server, storage] = [await startRegistry(), await startRegistry()];
	server.script(/file/, (_, response) => redirect(response, `${storage.url}/stored?X-Signature=abc`));
	storage.script(/stored/, (_, response) => response.end(content));
	const address = `http://me:100%25@${server.host}/file#part`;
	expect(await download(address)).toEqual(content);
	const basic = `Basic ${Buffer.from("me:100%").toString("base64")}`;
	expect(server.calls[0]).toMatchObject({ target: "/file", headers: { authorization: basic } });
	expect(storage.calls[0]!.headers).not.toHaveProperty("authorization");
});

test("row 25: a failure that passes is tried again", async () => {
	const server = await startRegistry();
	server.script(/file/, (_, response) => answerError(response, 503, "BUSY", "later"), 2);
	server.script(/file/, (_, response) => response.end(content));
	expect(await download(`${server.url}/file`)).toEqual(content);
});

test("an error shows neither the password nor the token of the address", async () => {
	const server = await startRegistry();
	server.script(/file/, (_, response) => answerError(response, 404, "GONE", "no such job"));
	const address = `http://me:s3cret@${server.host}/file?private_token=s3cret`;
	const error = await failure(download(address));
	expect(error.message).toBe(
		`${server.url}/file: download: ${server.url}/file answered 404: GONE: no such job`,
	);
});
