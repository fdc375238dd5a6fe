import { afterEach, expect, test } from "vitest";
import { DeviceClient } from "../../../src/delivery/device/index.js";
import { parseRemoteAddress, withServer } from "../../../src/delivery/repository/index.js";
import { closeDevices, startDevice } from "../../support/device-push.js";

afterEach(closeDevices);

test("of logs that are too long the end is read", async () => {
	const model = await startDevice();
	model.logs = `${"early ".repeat(2_000_000)}late`;
	const { url } = parseRemoteAddress(model.url);
	const logs = await withServer(url, {}, (client) => new DeviceClient(client, undefined).logs({}));
	expect(logs.length).toBe(1 << 22);
	expect(logs.endsWith("early late")).toBe(true);
});
