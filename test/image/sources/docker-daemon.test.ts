import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parsePlatform, resolveImages } from "../../../src/image/oci/index.js";
import { openDockerDaemon, type SourceContext } from "../../../src/image/sources/index.js";
import { oldDockerMembers } from "../../support/docker-archive.js";
import { dockerEngine } from "../../support/docker-engine.js";
import { sampleImage } from "../../support/image-layout.js";
import { tarball } from "../../support/tar-builder.js";

const image = sampleImage("daemon");
const archive = tarball(...oldDockerMembers([{ image, tags: ["reg.example/team/app:1"] }]));

let directory: string;
let server: Server;
let requests: string[];

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "daemon-"));
	requests = [];
});
afterEach(async () => {
	await new Promise((resolve) => (server?.listening ? server.close(resolve) : resolve(undefined)));
	rmSync(directory, { recursive: true, force: true });
});

const engine = dockerEngine(
	{ name: "reg.example/team/app:1", id: image.config.digest, archive },
	(request) => void requests.push(request),
);

function listen(where: string | number, listener: RequestListener = engine): Promise<void> {
	server = createServer(listener);
	return new Promise((resolve) => server.listen(where, () => resolve()));
}

function context(environment: Record<string, string> = {}): SourceContext {
	return { temporaryDirectory: join(directory, "tmp"), environment };
}

async function layersOf(name: string, from: SourceContext): Promise<Buffer[]> {
	const source = await openDockerDaemon(name, from);
	try {
		const [found] = await resolveImages(source, [parsePlatform("linux/amd64")], { policy: "exact" });
		const layers: Buffer[] = [];
		for (const layer of found!.layers) {
			const chunks: Uint8Array[] = [];
			for await (const chunk of layer.open()) chunks.push(chunk);
			layers.push(Buffer.concat(chunks));
		}
		return layers;
	} finally {
		await source.close();
	}
}

test("an image is read over the socket that DOCKER_HOST names", async () => {
	const socket = join(directory, "d.sock");
	await listen(socket);
	expect(await layersOf("reg.example/team/app:1", context({ DOCKER_HOST: `unix://${socket}` }))).toEqual(
		image.diffs,
	);
	expect(requests).toEqual([
		"GET /_ping",
		"GET /images/reg.example/team/app%3A1/json",
		"GET /images/get?names=reg.example%2Fteam%2Fapp%3A1",
	]);
	expect(readdirSync(join(directory, "tmp"))).toEqual([]);
});

test("over TCP too", async () => {
	await listen(0);
	const { port } = server.address() as AddressInfo;
	const from = context({ DOCKER_HOST: `tcp://127.0.0.1:${port}` });
	expect(await layersOf("reg.example/team/app:1", from)).toEqual(image.diffs);
});

test("without DOCKER_HOST the user's own socket is found", async () => {
	await listen(join(directory, "docker.sock"));
	expect(await layersOf("reg.example/team/app:1", context({ XDG_RUNTIME_DIR: directory }))).toEqual(
		image.diffs,
	);
});

test("an unknown image is said to be unknown, in clean text", async () => {
	const socket = join(directory, "d.sock");
	await listen(socket);
	await expect(layersOf("none:1", context({ DOCKER_HOST: `unix://${socket}` }))).rejects.toMatchObject({
		code: "ERR_IMAGE_NOT_FOUND",
		message: `docker-daemon:none:1: inspect: unix://${socket} says 404: No such image: [31mnone:1`,
	});
});

test("a connection that breaks in the middle is a typed error, and nothing is left", async () => {
	const socket = join(directory, "d.sock");
	await listen(socket, (request, response) => {
		if (!request.url!.startsWith("/images/get")) return void response.end("{}");
		response.write(archive.subarray(0, 9000));
		setTimeout(() => response.destroy(), 20);
	});
	const from = context({ DOCKER_HOST: `unix://${socket}` });
	await expect(layersOf("app:1", from)).rejects.toMatchObject({ code: "ERR_DAEMON" });
	expect(readdirSync(join(directory, "tmp"))).toEqual([]);
});

test.each([
	['{"message":"a\\qb\n"}', '"a\\qb "'],
	["<html>busy", "<html>busy"],
	["{}", "{}"],
])("an answer of %j is shown as %j", async (body, said) => {
	const socket = join(directory, "d.sock");
	await listen(socket, (_, response) => response.writeHead(500).end(body));
	await expect(layersOf("app:1", context({ DOCKER_HOST: `unix://${socket}` }))).rejects.toMatchObject({
		code: "ERR_DAEMON",
		message: `docker-daemon:app:1: inspect: unix://${socket} says 500: ${said}`,
	});
});

test("a daemon that goes away before it answers is a typed error", async () => {
	const socket = join(directory, "d.sock");
	await listen(socket, (request, response) => {
		if (request.url === "/_ping") response.end("OK");
		else response.destroy();
	});
	await expect(layersOf("app:1", context({ DOCKER_HOST: `unix://${socket}` }))).rejects.toMatchObject({
		code: "ERR_DAEMON",
		message: expect.stringContaining(`unix://${socket}: ask: `),
	});
});

test("a DOCKER_HOST with a password is refused without it", async () => {
	const error: Error = await layersOf("app:1", context({ DOCKER_HOST: "tcp://me:s3c@ret@host:1" })).catch(
		(cause) => cause,
	);
	expect(error.message).toMatch(/got tcp:\/\/host:1$/);
});

test.each([
	["ssh://host", {}],
	["npipe:////./pipe/docker", {}],
	["tcp://127.0.0.1:2376", { DOCKER_TLS_VERIFY: "1" }],
])("%s is refused with a reason", async (host, more) => {
	await expect(layersOf("app:1", context({ DOCKER_HOST: host, ...more }))).rejects.toMatchObject({
		code: "ERR_DAEMON",
		message: expect.stringContaining("expected DOCKER_HOST as unix:///PATH or tcp://HOST:PORT"),
	});
});

test("no daemon is said, with the addresses that were tried", async () => {
	const from = context({ DOCKER_HOST: `unix://${directory}/none.sock` });
	await expect(layersOf("app:1", from)).rejects.toMatchObject({
		code: "ERR_DAEMON",
		message: expect.stringContaining(`unix://${directory}/none.sock`),
	});
});
