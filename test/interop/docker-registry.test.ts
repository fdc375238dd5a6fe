import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parsePlatform, parseReference, resolveImages } from "../../src/image/oci/index.js";
import { openRegistry, type RegistryOptions } from "../../src/image/registry/index.js";
import { DockerRegistry, TokenServer } from "../support/docker-registry.js";
import { needs } from "../support/needs.js";
import { run, runBeside } from "../support/programs.js";
import { closeAll, directoryOf, failure, startProxy, startRegistry } from "../support/registry-client.js";

const platforms = ["linux/amd64", "linux/arm/v7", "linux/arm64"].map(parsePlatform);
const credentials = { username: "user", password: "s3cret" };

needs("docker-registry", "skopeo", "openssl", "htpasswd").describe("Debian's docker-registry", () => {
	/** Holds `team/app:1` for three platforms, pushed by skopeo. */
	let storage = "";
	let digest = "";
	const servers: { close(): Promise<void> }[] = [];

	async function serve(more?: Parameters<typeof DockerRegistry.start>[1]): Promise<DockerRegistry> {
		const registry = await DockerRegistry.start(storage, more);
		servers.push(registry);
		return registry;
	}

	beforeAll(async () => {
		storage = directoryOf({});
		const source = await startRegistry();
		const shared = Buffer.from("shared".repeat(100_000));
		const entries = platforms.map((platform) => {
			const own = Buffer.from(JSON.stringify(platform));
			return source.addImage("app", platform, [gzipSync(shared), gzipSync(own)]);
		});
		source.addIndex("app", "1", entries);
		const registry = await serve();
		const [from, to] = [`docker://${source.host}/app:1`, `docker://${registry.host}/team/app:1`];
		await runBeside(
			"skopeo",
			"copy",
			"-q",
			"--all",
			"--src-tls-verify=false",
			"--dest-tls-verify=false",
			from,
			to,
		);
		digest = run("skopeo", "inspect", "--tls-verify=false", "--format", "{{.Digest}}", to).trim();
	});

	afterAll(async () => {
		for (const server of servers) await server.close();
		await closeAll();
	});

	/** Pulls all platforms with all layers. */
	async function pull(host: string, options: RegistryOptions = {}): Promise<void> {
		const source = openRegistry(parseReference(`${host}/team/app:1`), { retries: 0, ...options });
		try {
			expect((await source.fetchManifest()).descriptor.digest).toBe(digest);
			const images = await resolveImages(source, platforms, { policy: "exact" });
			const layers = images.flatMap((image) => image.layers);
			expect(layers).toHaveLength(6);
			await Promise.all(
				layers.map(async (layer) => {
					let size = 0;
					for await (const chunk of layer.open()) size += chunk.length;
					expect(size).toBe(layer.descriptor.size);
				}),
			);
		} finally {
			await source.close();
		}
	}

	test("without authentication; HEAD, tags, what is missing", async () => {
		const { host } = await serve();
		await pull(host);
		const source = openRegistry(parseReference(`${host}/team/app:1`));
		expect(await source.resolveDigest()).toBe(digest);
		expect(await source.listTags()).toEqual(["1"]);
		await source.close();
		const missing = openRegistry(parseReference(`${host}/team/app:2`));
		expect((await failure(missing.fetchManifest())).message).toContain("MANIFEST_UNKNOWN");
		await missing.close();
	});

	test("a download goes on in the middle", async () => {
		const { host } = await serve();
		const source = openRegistry(parseReference(`${host}/team/app:1`));
		const [image] = await resolveImages(source, platforms, { policy: "exact" });
		const { descriptor } = image!.layers[0]!;
		const whole: Uint8Array[] = [];
		for await (const chunk of source.openBlob(descriptor)) whole.push(chunk);
		const rest: Uint8Array[] = [];
		for await (const chunk of source.openBlob(descriptor, undefined, 1000)) rest.push(chunk);
		expect(Buffer.concat(rest).equals(Buffer.concat(whole).subarray(1000))).toBe(true);
		await source.close();
	});

	test("with htpasswd", async () => {
		const users = run("htpasswd", "-Bbn", credentials.username, credentials.password);
		const path = join(directoryOf({ htpasswd: users }), "htpasswd");
		const { host } = await serve({ auth: { htpasswd: { realm: "test", path } } });
		await pull(host, { credentials });
		const auths = { [host]: { auth: Buffer.from("user:s3cret").toString("base64") } };
		await pull(host, { env: { DOCKER_AUTH_CONFIG: JSON.stringify({ auths }) } });
		const wrong = { username: "user", password: "wr0ng" };
		const error = await failure(pull(host, { credentials: wrong }));
		expect(error.code).toBe("ERR_REGISTRY_UNAUTHORIZED");
		expect(error.message).not.toContain("wr0ng");
		expect((await failure(pull(host))).message).toContain("none were found");
	});

	/** A CA and a server certificate by openssl, in a directory. */
	function certificates(): string {
		const directory = directoryOf({ "names.cnf": "subjectAltName=IP:127.0.0.1,DNS:registry.test\n" });
		const at = (name: string): string => join(directory, name);
		const request = ["req", "-newkey", "rsa:2048", "-nodes", "-days", "3650"];
		run(
			"openssl",
			...request,
			"-x509",
			"-subj",
			"/CN=Private CA",
			"-keyout",
			at("ca.key"),
			"-out",
			at("ca.crt"),
		);
		run(
			"openssl",
			...request,
			"-subj",
			"/CN=registry",
			"-keyout",
			at("server.key"),
			"-out",
			at("server.csr"),
		);
		const signing = [
			"x509",
			"-req",
			"-days",
			"3650",
			"-CA",
			at("ca.crt"),
			"-CAkey",
			at("ca.key"),
			"-CAcreateserial",
		];
		run(
			"openssl",
			...signing,
			"-in",
			at("server.csr"),
			"-extfile",
			at("names.cnf"),
			"-out",
			at("server.crt"),
		);
		return directory;
	}

	test("with tokens of an own RSA key", async () => {
		const keys = certificates();
		const [certificate, key] = ["ca.crt", "ca.key"].map((name) => readFileSync(join(keys, name), "utf8"));
		const tokens = await TokenServer.start({
			user: "user:s3cret",
			certificate: certificate!,
			key: key!,
			lifetime: 300,
		});
		servers.push(tokens);
		const rootcertbundle = join(keys, "ca.crt");
		const token = { realm: tokens.realm, service: "test service", issuer: "pvpkg test", rootcertbundle };
		const { host } = await serve({ auth: { token } });
		await pull(host, { credentials });
		expect(tokens.asked.map(({ scope }) => scope)).toEqual(["repository:team/app:pull"]);
		const error = await failure(pull(host));
		expect(error.message).toContain("anonymous access refused");
	});

	test("over TLS with a private CA, and behind a forward proxy with authentication", async () => {
		const keys = certificates();
		const tls = { certificate: join(keys, "server.crt"), key: join(keys, "server.key") };
		const registry = await serve({ http: { tls } });
		const caFile = join(keys, "ca.crt");
		await pull(registry.host, { caFile });
		const error = await failure(pull(registry.host));
		expect(error.code).toBe("ERR_REGISTRY_TLS");
		expect(error.message).toContain('issued by "Private CA"');
		const proxy = await startProxy();
		proxy.user = "me:proxy-s3cret";
		proxy.hosts.set("registry.test:443", registry.port);
		await pull("registry.test", { caFile, env: { HTTPS_PROXY: `http://me:proxy-s3cret@${proxy.host}` } });
		expect(proxy.requests[0]).toBe("CONNECT registry.test:443");
		const refused = await failure(
			pull("registry.test", { caFile, env: { HTTPS_PROXY: `http://${proxy.host}` } }),
		);
		expect(refused.code).toBe("ERR_REGISTRY_PROXY");
	});

	test("through a pull-through mirror", async () => {
		const origin = await serve();
		const cache = directoryOf({});
		const mirror = await DockerRegistry.start(cache, { proxy: { remoteurl: `http://${origin.host}` } });
		servers.push(mirror);
		// The reference's own registry is not there: everything has to come from the mirror.
		await pull("registry.invalid", { mirrors: [`registry.invalid=${mirror.host}`] });
	});
});
