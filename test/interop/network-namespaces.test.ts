import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Authority } from "../support/certificates.js";
import { type CommandResult, Workplace } from "../support/command-line.js";
import { needs } from "../support/needs.js";
import { FAR_IPV4, SILENT_IPV6, SlowLink } from "../support/slow-link.js";

// Registries that are far away: 400 ms for a round trip, and addresses that lead nowhere.
// The clients are programs in a network namespace, the registry is one in another.

const ROUND_TRIP = 0.4;
const REGISTRY = resolve("dist/test/support/registry-process.js");

needs("root", "network namespaces", "TUN devices", "python3").describe(
	"in network namespaces (root, TUN devices, python3)",
	() => {
		let place: Workplace;
		let link: SlowLink | undefined;
		let server: ChildProcess | undefined;
		beforeEach(() => {
			place = new Workplace();
		});
		afterEach(() => {
			server?.stdin?.end();
			link?.close();
			place.remove();
		});

		async function serve(port: number, ...more: string[]): Promise<void> {
			const [command, ...args] = [
				...link!.far(),
				process.execPath,
				REGISTRY,
				FAR_IPV4,
				String(port),
				...more,
			];
			server = spawn(command!, args, { stdio: ["pipe", "pipe", "inherit"] });
			await once(server.stdout!, "data");
		}

		/** Pulls app:1 of a host that has these addresses. */
		function pull(host: string, addresses: readonly string[], ...more: string[]): Promise<CommandResult> {
			const name = host.replace(/:\d+$/, "");
			const lines = ["127.0.0.1 localhost", ...addresses.map((address) => `${address} ${name}`)];
			writeFileSync(place.path("hosts"), `${lines.join("\n")}\n`);
			const args = ["pull", `${host}/app:1`, "-o", "pulled", "--insecure", host, "--no-cache", ...more];
			return place.run(args, { wrapper: link!.near(place.path("hosts")) });
		}

		test.each([
			["an IPv4 address", [FAR_IPV4], false],
			["an IPv6 address, too, to which no route leads", [SILENT_IPV6, FAR_IPV4], false],
			["an IPv6 address before it, at which nobody answers", [SILENT_IPV6, FAR_IPV4], true],
		])("a registry 400 ms away with %s is pulled from", async (_, addresses, ipv6) => {
			link = await SlowLink.open(ROUND_TRIP, { ipv6 });
			await serve(5000);
			const { code, stderr } = await pull("far.test:5000", addresses);
			expect(code, stderr).toBe(0);
		});

		test("where no address answers, all are named", async () => {
			link = await SlowLink.open(ROUND_TRIP);
			const { code, stderr } = await pull("far.test:5000", [SILENT_IPV6, FAR_IPV4], "--retries", "0");
			expect(stderr).toContain(SILENT_IPV6);
			expect(stderr).toContain(FAR_IPV4);
			expect(code).toBe(6);
		});

		test("a registry on port 80 is found beside another server on port 443", async () => {
			link = await SlowLink.open(0);
			const { cert, key } = new Authority("CA").issue("far.test");
			writeFileSync(place.path("cert"), cert);
			writeFileSync(place.path("key"), key);
			await serve(80, place.path("cert"), place.path("key"));
			const { code, stderr } = await pull("far.test", [FAR_IPV4]);
			expect(code, stderr).toBe(0);
		});
	},
);
