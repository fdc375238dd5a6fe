import { afterEach, expect, test } from "vitest";
import { parseReference } from "../../../src/image/oci/index.js";
import { RegistryConnections } from "../../../src/image/registry/index.js";
import { BearerAuth } from "../../support/registry-auth.js";
import { closeAll, startRegistry } from "../../support/registry-client.js";

afterEach(closeAll);

async function openBearer() {
	const registry = await startRegistry();
	registry.addImage("team/app", { os: "linux", architecture: "amd64" }, [Buffer.from("layer")], "1");
	const auth = new BearerAuth();
	registry.auth = auth;
	const connections = new RegistryConnections({ env: {} });
	return { auth, connections, open: () => connections.open(parseReference(`${registry.host}/team/app:1`)) };
}

test("images that are opened one after the other share their token", async () => {
	const { auth, connections, open } = await openBearer();
	for (let round = 0; round < 3; round++) {
		const source = open();
		await source.fetchManifest();
		await source.close();
	}
	await connections.close();
	expect(auth.asked).toHaveLength(1);
});

test("an image that is closed leaves the connections of others open", async () => {
	const { connections, open } = await openBearer();
	const [first, second] = [open(), open()];
	await first.close();
	expect((await second.fetchManifest()).bytes.length).toBeGreaterThan(0);
	await connections.close();
	await expect(second.fetchManifest()).rejects.toMatchObject({ code: "ERR_REGISTRY_NETWORK" });
});
