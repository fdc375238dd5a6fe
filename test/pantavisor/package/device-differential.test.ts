import { expect, test } from "vitest";
import { contentBytes } from "../../../src/ground/bytes/index.js";
import { importAsDevice } from "../../support/device-archive.js";
import { acceptPackage, oddPackage, randomOf } from "../../support/device-archives.js";
import { SEED } from "../../support/seed.js";

const ARCHIVES = 20_000;
const SECONDS = 240;

test(
	`of ${ARCHIVES} archives none is accepted in which a device would see another state or other objects`,
	async () => {
		const random = randomOf(SEED);
		const deadline = performance.now() + SECONDS * 1000;
		let [made, accepted] = [0, 0];
		for (; made < ARCHIVES && performance.now() < deadline; made++) {
			const bytes = oddPackage(random);
			const opened = await acceptPackage(bytes);
			if (opened === undefined) continue;
			accepted++;
			const device = importAsDevice(bytes);
			const where = `seed ${SEED}, archive ${made}`;
			expect(device.hangs || device.crashes, where).toBe(false);
			expect(device.state?.equals(opened.text), where).toBe(true);
			expect([...device.objects.keys()].sort(), where).toEqual([...opened.objects.keys()].sort());
			for (const [name, body] of device.objects) {
				expect(body.equals(contentBytes(opened.objects.get(name)!)), where).toBe(true);
			}
			opened.close();
		}
		console.info(`device differential: seed ${SEED}, ${made} archives, ${accepted} accepted`);
		expect(accepted).toBeGreaterThan(made / 20);
	},
	(SECONDS + 30) * 1000,
);
