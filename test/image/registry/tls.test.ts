import { afterEach, expect, test } from "vitest";
import type { RegistryOptions } from "../../../src/image/registry/index.js";
import { isInsecure, settingsFrom } from "../../../src/image/registry/settings.js";
import { Authority } from "../../support/certificates.js";
import { closeAll, connect, directoryOf, failure, startRegistry } from "../../support/registry-client.js";

afterEach(closeAll);

const authority = new Authority("Example Corp CA");
const stranger = new Authority("Stranger");
const linux = { os: "linux", architecture: "amd64" };

async function pull(host: string, options: RegistryOptions = {}): Promise<void> {
	await connect(host, "app:1", { certsDirectories: [], ...options }).source.fetchManifest();
}

async function tlsRegistry(tls: object = {}) {
	const registry = await startRegistry({ ...authority.issue("registry.test"), ...tls });
	registry.addImage("app", linux, [], "1");
	return registry;
}

test("a certificate of an unknown CA is refused, and the CA is named", async () => {
	const { host } = await tlsRegistry();
	const client = connect(host, "app:1", { certsDirectories: [] });
	const error = await failure(client.source.fetchManifest());
	expect(error.code).toBe("ERR_REGISTRY_TLS");
	expect(error.message).toContain('the certificate (issued by "Example Corp CA") is refused');
	expect(error.message).toContain(`--ca-file, NODE_EXTRA_CA_CERTS or certs.d/${host}/`);
	expect(client.pauses).toEqual([]);
});

test("--ca-file, NODE_EXTRA_CA_CERTS and certs.d are trusted", async () => {
	const { host } = await tlsRegistry();
	const directory = directoryOf({
		"ca.pem": authority.certificate,
		[`certs.d/${host}/ca.crt`]: authority.certificate,
	});
	await pull(host, { caFile: `${directory}/ca.pem` });
	await pull(host, { env: { NODE_EXTRA_CA_CERTS: `${directory}/ca.pem` } });
	await pull(host, { certsDirectories: ["/nowhere", `${directory}/certs.d`] });
	const other = directoryOf({
		"ca.pem": stranger.certificate,
		"certs.d/127.0.0.1:1/ca.crt": authority.certificate,
	});
	await expect(pull(host, { caFile: `${other}/ca.pem` })).rejects.toThrow("is refused");
	await expect(pull(host, { certsDirectories: [`${other}/certs.d`] })).rejects.toThrow("is refused");
});

test("the system's CAs count where Node's do not suffice", async () => {
	const { host } = await tlsRegistry();
	const directory = directoryOf({ "bundle.crt": authority.certificate });
	await pull(host, { systemCaFiles: ["/nowhere", `${directory}/bundle.crt`] });
	await expect(pull(host, { systemCaFiles: [] })).rejects.toThrow("is refused");
});

test("--insecure takes any certificate, of the named host only", async () => {
	const { host } = await tlsRegistry();
	await pull(host, { insecure: true });
	await pull(host, { insecure: [host] });
	await pull(host, { insecure: ["127.0.0.1"] });
	await expect(pull(host, { insecure: ["registry.test"] })).rejects.toThrow("is refused");
});

test("a client certificate from certs.d", async () => {
	const { host } = await tlsRegistry({
		requestCert: true,
		rejectUnauthorized: true,
		ca: authority.certificate,
	});
	const { cert, key } = authority.issue("client");
	const ca = { [`certs.d/${host}/ca.crt`]: authority.certificate };
	const mine = { [`certs.d/${host}/client.cert`]: cert, [`certs.d/${host}/client.key`]: key };
	await pull(host, { certsDirectories: [`${directoryOf({ ...ca, ...mine })}/certs.d`] });
	const without = pull(host, { certsDirectories: [`${directoryOf(ca)}/certs.d`], retries: 0 });
	await expect(without).rejects.toThrow(host);
	const half = pull(host, {
		certsDirectories: [`${directoryOf({ ...ca, [`certs.d/${host}/client.cert`]: cert })}/certs.d`],
	});
	const odd = { [`certs.d/${host}/client.cert`]: cert, [`certs.d/${host}/client.key`]: cert };
	const useless = pull(host, { certsDirectories: [`${directoryOf({ ...ca, ...odd })}/certs.d`] });
	await expect(useless).rejects.toThrow(`${host}: set up TLS: its client certificate and key cannot be used`);
	await expect(half).rejects.toThrow(`certs.d/${host}/client.key: read client key: there is no such file`);
});

test.each([
	["missing", undefined, "there is no such file"],
	[
		"garbled",
		"-----BEGIN CERTIFICATE-----\nbm9uc2Vuc2U=\n-----END CERTIFICATE-----\n",
		"the certificate cannot be read",
	],
	["no PEM", "not a certificate", "expected PEM text"],
])("a CA file that is %s is an error that names it", async (_, text, reason) => {
	const { host } = await tlsRegistry();
	const path = `${directoryOf(text === undefined ? {} : { "ca.pem": text })}/ca.pem`;
	await expect(pull(host, { caFile: path })).rejects.toThrow(`${path}: read --ca-file: ${reason}`);
});

test("a TLS registry on loopback is never asked in plain", async () => {
	const registry = await tlsRegistry();
	await failure(pull(registry.host));
	expect(registry.calls).toEqual([]);
});

test.each(["TLSv1.2", "TLSv1.3"] as const)(
	"a %s server that refuses the client certificate hears nothing in plain",
	async (maxVersion) => {
		const registry = await tlsRegistry({
			requestCert: true,
			rejectUnauthorized: true,
			ca: authority.certificate,
			maxVersion,
		});
		const plain: unknown[] = [];
		registry.onTlsError((error) => {
			if (/http request/i.test(String(error))) plain.push(error);
		});
		for (const certsDirectories of [[], [`${directoryOf(clientFiles(registry.host, stranger))}/certs.d`]]) {
			const error = await failure(pull(registry.host, { insecure: true, certsDirectories, retries: 0 }));
			expect(["ERR_REGISTRY_TLS", "ERR_REGISTRY_NETWORK"]).toContain(error.code);
			expect(error.message).not.toContain("http://");
		}
		expect(plain).toEqual([]);
		expect(registry.calls).toEqual([]);
	},
);

function clientFiles(host: string, issuer: Authority): Record<string, string> {
	const { cert, key } = issuer.issue("client");
	return { [`certs.d/${host}/client.cert`]: cert, [`certs.d/${host}/client.key`]: key };
}

test.each([
	["https://reg.test/", "reg.test", true],
	["https://reg.test/", "Reg.Test", true],
	["https://reg.test/", "reg.test:443", true],
	["https://reg.test:5000/", "reg.test", true],
	["https://reg.test:5000/", "reg.test:5000", true],
	["https://reg.test:5000/", "reg.test:443", false],
	["https://[::1]:5000/", "[::1]:5000", true],
	["https://sub.reg.test/", "reg.test", false],
])("%s with --insecure %s: %s", (url, host, insecure) => {
	expect(isInsecure(settingsFrom({ insecure: [host] }), new URL(url))).toBe(insecure);
});
